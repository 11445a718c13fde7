import AnysizeCore
import AnysizeTesting
import NIOCore
import S3
import Synchronization
import Testing

@testable import AnysizeEngine

/// Against a real server.
@Suite(.timeLimit(.minutes(2))) struct S3OriginalInspectorTests {
    private let bucket: TestBucket
    private let store: S3OriginalStore
    private let inspector: S3OriginalInspector

    init() async throws {
        bucket = try await TestBucket()
        store = bucket.store()
        inspector = S3OriginalInspector(store, pageKeyCount: 3)
    }

    private func inspect(_ id: String) async throws -> Inspection {
        await inspector.inspect(try #require(OriginalID(id))) { _ in }
    }

    /// Puts other bytes, or another record, where an original is.
    private func tamper(
        _ id: String, _ bytes: ByteBuffer?, metadata: (inout [String: String]) -> Void = { _ in }
    ) async throws {
        let key = "\(bucket.prefix)/\(id)"
        let (head, body) = try await store.client.get(key, byteCountMax: 20_000_000)
        var facts = S3ObjectFacts(contentType: "image/jpeg", metadata: head.metadata)
        metadata(&facts.metadata)
        _ = try await store.client.put(key, .bytes(bytes ?? body), as: facts)
    }

    @Test func `each original is what it was, or is told not to be`() async throws {
        let sample = StoreSample(store: store)
        // More than one chunk.
        let large = StoreSample.bytes(S3OriginalInspector.chunkByteCount + 1000, seed: 1)
        for id in ["sound", "flipped", "shorter", "unreadable", "deleted"] {
            try await sample.put(try StoreSample.id(id), id == "sound" ? large : StoreSample.bytes(5000, seed: 2))
        }
        try await tamper("flipped", StoreSample.bytes(5000, seed: 3))
        try await tamper("shorter", StoreSample.bytes(4000, seed: 2))
        try await tamper("unreadable", nil) { $0 = ["anysize": "nonsense"] }
        _ = try await store.delete(try StoreSample.id("deleted"))
        _ = try await store.client.put(
            "\(bucket.prefix)/foreign", .bytes(ByteBuffer(string: "no picture")),
            as: S3ObjectFacts(contentType: "text/plain"))

        #expect(try await inspect("sound") == .sound(byteCount: large.readableBytes))
        #expect(try await inspect("deleted") == .gone)
        #expect(try await inspect("never") == .gone)
        for (id, words) in [
            ("flipped", "doesn't match its digest"), ("shorter", "has 4000 bytes, not 5000"),
            ("unreadable", "doesn't match its check"), ("foreign", "has no record"),
        ] {
            guard case .damaged(let detail) = try await inspect(id) else {
                Issue.record("\(id) is damaged")
                continue
            }
            #expect(detail.contains(words), "\(id): \(detail)")
        }
        #expect(await inspector.read(try StoreSample.id("sound"))?.bytes == large)
        #expect(await inspector.read(try StoreSample.id("flipped")) == nil)
    }

    @Test func `every id is in one piece, on as many pages as it takes`() async throws {
        let sample = StoreSample(store: store)
        let names = ["-a", "0", "9z", "A.b", "Z", "_", "a", "a0", "a1", "a2", "a3", "a4", "a5", "z"]
        for name in names { try await sample.put(try StoreSample.id(name), StoreSample.bytes(10, seed: 1)) }
        let pieces = try await inspector.pieces()
        #expect(pieces == pieces.sorted())
        var found: [String] = []
        for piece in pieces { found += try await inspector.ids(in: piece).map(\.description) }
        #expect(found == names)
    }

    @Test func `one that is replaced while it is looked at is looked at again`() async throws {
        let sample = StoreSample(store: store)
        let id = try StoreSample.id("cat")
        try await sample.put(id, StoreSample.bytes(5000, seed: 1))
        let isFirst = Mutex(true)
        let result = await inspector.inspect(id) { _ in
            guard
                isFirst.withLock({ first in
                    defer { first = false }; return first
                })
            else { return }
            _ = try? await sample.put(id, StoreSample.bytes(6000, seed: 2))
        }
        #expect(result == .sound(byteCount: 6000))
    }

    @Test func `a bucket that isn't there stops the look`() async throws {
        let stranger = S3OriginalInspector(bucket.store(bucket: "no-such-bucket"))
        await #expect(throws: StoreError.self) { try await stranger.pieces() }
    }
}
