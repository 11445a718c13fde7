import AnysizeTesting
import Foundation
import NIOCore
import Testing

@testable import S3

/// Against a real server.
@Suite(.timeLimit(.minutes(2))) struct S3ClientTests {
    private static let credentials = S3Credentials(
        accessKeyID: SeaweedServer.accessKeyID, secretAccessKey: SeaweedServer.secretAccessKey
    )
    private static let facts = S3ObjectFacts(contentType: "image/jpeg", metadata: ["anysize": "a b=c"])

    /// A key that no other test has.
    private let key = "client/\(UUID().uuidString)"

    private func client(
        _ addressing: S3Location.Addressing = .path, credentials: S3Credentials = credentials,
        bucket: String = SeaweedServer.bucket, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> S3Client {
        let port = try await SeaweedServer.shared.port
        let host = addressing == .path ? "127.0.0.1" : SeaweedServer.domain
        let endpoint = S3Location.Endpoint(isSecure: false, host: host, port: port)
        return S3Client(
            S3Location(bucket: bucket, region: "us-east-1", endpoint: endpoint, addressing: addressing),
            credentials: .fixed(credentials),
            addresses: ["\(bucket).\(SeaweedServer.domain)": "127.0.0.1"], now: now
        )
    }

    private func bytes(_ count: Int, seed: Int = 1) -> ByteBuffer { SampleBytes.make(count, seed: seed) }

    @Test(arguments: S3Location.Addressing.allCases)
    func `an object comes back with what was said of it`(_ addressing: S3Location.Addressing) async throws {
        let client = try await client(addressing)
        let tag = try await client.put(key, .bytes(bytes(100_000)), as: Self.facts)
        let head = try await client.head(key)
        #expect(head.entityTag == tag && head.byteCount == 100_000 && head.contentType == "image/jpeg")
        #expect(head.metadata == ["anysize": "a b=c"])
        let (found, body) = try await client.get(key, byteCountMax: 100_000)
        #expect(found == head && body == bytes(100_000))
        #expect(
            try await client.get(key, range: 10..<20, byteCountMax: 10).bytes
                == bytes(100_000).getSlice(at: 10, length: 10))
        try await client.delete(key)
        try await client.delete(key)
        await #expect(throws: S3Error.notFound) { try await client.head(key) }
        await #expect(throws: S3Error.notFound) { try await client.get(key, byteCountMax: 1) }
    }

    @Test func `no answer is longer than the caller takes`() async throws {
        let client = try await client()
        _ = try await client.put(key, .bytes(bytes(5000)), as: Self.facts)
        await #expect(throws: S3Error.tooLong(byteCountMax: 4999)) { try await client.get(key, byteCountMax: 4999) }
        let (head, body) = try await client.get(key, byteCountMax: 4999) { _ in false }
        #expect(head.byteCount == 5000 && body.readableBytes == 0)
        try await client.delete(key)
    }

    @Test func `keys with any characters are signed rightly, and so are their lists`() async throws {
        let client = try await client()
        let prefix = key + "/"
        let names = ["a b", "a+b", "ä=&?#%41", "~'()*!"].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names { _ = try await client.put(prefix + name, .none, as: Self.facts) }
        let page = try await client.list(prefix: prefix, after: nil, limit: 1000)
        #expect(page.keys == names.map { prefix + $0 } && !page.isTruncated)
        let second = try await client.list(prefix: prefix, after: prefix + names[0], limit: 2)
        #expect(second.keys == names[1...2].map { prefix + $0 } && second.isTruncated)
        for name in names { try await client.delete(prefix + name) }
    }

    @Test func `writes and reads keep conditions`() async throws {
        let client = try await client()
        let tag = try await client.put(key, .bytes(bytes(10)), as: Self.facts, if: .absent)
        let other = S3Condition.matching("\"0123456789abcdef0123456789abcdef\"")
        for condition in [S3Condition.absent, other] {
            await #expect(throws: S3Error.preconditionFailed) {
                try await client.put(key, .bytes(bytes(11)), as: Self.facts, if: condition)
            }
        }
        let second = try await client.put(key, .bytes(bytes(12)), as: Self.facts, if: .matching(tag))
        #expect(second != tag)
        await #expect(throws: S3Error.preconditionFailed) {
            try await client.get(key, ifMatch: tag, byteCountMax: 100)
        }
        #expect(try await client.get(key, ifMatch: second, byteCountMax: 100).bytes == bytes(12))
        try await client.delete(key)
        await #expect(throws: S3Error.preconditionFailed) {
            try await client.put(key, .bytes(bytes(12)), as: Self.facts, if: .matching(second))
        }
    }

    private func pieces(of bytes: ByteBuffer) -> S3Pieces {
        let hash = S3Body.bytes(bytes).payloadHash
        let digest = stride(from: 0, to: 64, by: 2).map { UInt8(hash.dropFirst($0).prefix(2), radix: 16) ?? 0 }
        return S3Pieces(byteCount: bytes.readableBytes, digest: digest) { count, offset in
            bytes.getSlice(at: offset, length: count) ?? ByteBuffer()
        }
    }

    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 3_000_000])
    func `a body goes out in pieces`(_ count: Int) async throws {
        let client = try await client()
        _ = try await client.put(key, .pieces(pieces(of: bytes(count))), as: Self.facts)
        #expect(try await client.get(key, byteCountMax: count).bytes == bytes(count))
        try await client.delete(key)
    }

    @Test func `an object in parts is there once it is completed, with its condition`() async throws {
        let client = try await client()
        let whole = bytes(12_000_000)
        let deadline = ContinuousClock.now + .seconds(60)
        try await client.putInParts(
            key, pieces(of: whole), partByteCount: 5 << 20, as: Self.facts, if: .absent, until: deadline
        )
        let (head, body) = try await client.get(key, byteCountMax: 12_000_000)
        #expect(body == whole && head.metadata == ["anysize": "a b=c"] && head.contentType == "image/jpeg")
        await #expect(throws: S3Error.preconditionFailed) {
            try await client.putInParts(
                key, pieces(of: bytes(6_000_000)), partByteCount: 5 << 20, as: Self.facts, if: .absent, until: deadline
            )
        }
        #expect(try await client.unfinishedUploads(prefix: key).isEmpty, "what fails is aborted")
        #expect(try await client.head(key).entityTag == head.entityTag)
        try await client.delete(key)
    }

    @Test func `an upload that is abandoned can be found and aborted`() async throws {
        let client = try await client()
        let upload = try await client.createUpload(key, as: Self.facts)
        _ = try await client.put(part: 1, bytes(5 << 20), of: upload)
        let found = try await client.unfinishedUploads(prefix: key)
        #expect(found.map(\.key) == [key] && found.map(\.id) == [upload.id])
        let age = try Int(Date().timeIntervalSince1970) - #require(found[0].begunSeconds)
        #expect((-5...120).contains(age))
        try await client.abort(upload)
        try await client.abort(upload)
        #expect(try await client.unfinishedUploads(prefix: key).isEmpty)
        await #expect(throws: S3Error.noSuchUpload) {
            try await client.complete(upload, [S3Part(number: 1, entityTag: "\"0\"")])
        }
    }

    @Test func `refusals say what to mend`() async throws {
        let wrong = S3Credentials(accessKeyID: SeaweedServer.accessKeyID, secretAccessKey: "HUSH")
        await #expect(throws: S3Error.denied(code: "SignatureDoesNotMatch")) {
            try await client(credentials: wrong).put(key, .none, as: Self.facts)
        }
        let nobody = try await client(credentials: S3Credentials(accessKeyID: "NOBODY", secretAccessKey: "x"))
        await #expect(throws: S3Error.denied(code: "InvalidAccessKeyId")) {
            try await nobody.get(key, byteCountMax: 1)
        }
        let nowhere = try await client(bucket: "nowhere")
        await #expect(throws: S3Error.noSuchBucket("nowhere")) { try await nowhere.get(key, byteCountMax: 1) }
        await #expect(throws: S3Error.noSuchBucket("nowhere")) { try await nowhere.put(key, .none, as: Self.facts) }
        await #expect(throws: S3Error.noSuchBucket("nowhere")) { try await nowhere.checkBucket() }
    }

    @Test(arguments: [3600.0, -3600.0])
    func `a wrong clock is called a wrong clock`(_ ahead: Double) async throws {
        let client = try await client(now: { Date(timeIntervalSinceNow: ahead) })
        for isHead in [false, true] {
            do {
                if isHead { _ = try await client.head(key) } else { _ = try await client.get(key, byteCountMax: 1) }
                Issue.record("the server took a signature of another hour")
            } catch {
                guard case .clockSkewed(let seconds) = error else {
                    Issue.record("\(error)")
                    continue
                }
                if let seconds { #expect(abs(Double(seconds) - ahead) < 60) }
            }
        }
    }
}
