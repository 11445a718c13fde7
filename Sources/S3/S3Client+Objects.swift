import Crypto
package import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// When a write may happen.
package enum S3Condition: Hashable, Sendable {
    case always
    /// Only where there is no such object.
    case absent
    /// Only where the object has that entity tag, as it was told, with its quotes.
    case matching(String)

    func add(to headers: inout HTTPHeaders) {
        switch self {
        case .always: break
        case .absent: headers.add(name: "if-none-match", value: "*")
        case .matching(let tag): headers.add(name: "if-match", value: tag)
        }
    }

    /// Some servers say that an object isn't there, where others say that it has another tag.
    func fault(_ error: S3Error) -> S3Error {
        if case .matching = self, error == .notFound { return .preconditionFailed }
        return error
    }
}

/// What an object says of itself.
package struct S3ObjectHead: Hashable, Sendable {
    /// With its quotes; another one for other bytes, but not for other metadata.
    package let entityTag: String
    package let byteCount: Int?
    package let contentType: String?
    /// By names in lower case, without `x-amz-meta-`.
    package let metadata: [String: String]

    init(_ headers: HTTPHeaders) {
        entityTag = headers.first(name: "etag") ?? ""
        byteCount = headers.first(name: "content-length").flatMap { Int($0) }
        contentType = headers.first(name: "content-type")
        metadata = headers.reduce(into: [:]) { metadata, header in
            let name = header.name.lowercased()
            if name.hasPrefix("x-amz-meta-") { metadata[String(name.dropFirst(11))] = header.value }
        }
    }
}

/// What an object is to say of itself.
package struct S3ObjectFacts: Hashable, Sendable {
    package var contentType: String
    /// Names in lower case; ASCII, 2 KB in all.
    package var metadata: [String: String]

    package init(contentType: String, metadata: [String: String] = [:]) {
        self.contentType = contentType
        self.metadata = metadata
    }

    func add(to headers: inout HTTPHeaders) {
        headers.add(name: "content-type", value: contentType)
        for (name, value) in metadata { headers.add(name: "x-amz-meta-\(name)", value: value) }
    }
}

extension S3Client {
    /// Writes an object whole, in one request.
    /// - Returns: its entity tag.
    /// - Throws: `.preconditionFailed`, possibly because of an earlier try of this very request, whose answer got lost.
    package func put(
        _ key: String, _ body: S3Body, as facts: S3ObjectFacts, if condition: S3Condition = .always,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> String {
        var request = S3Request(operation: .put, key: key)
        facts.add(to: &request.headers)
        condition.add(to: &request.headers)
        // The signature covers a digest as well, but not every server compares that one with what has arrived.
        request.headers.add(name: "x-amz-checksum-sha256", value: body.checksum)
        request.body = body
        request.answerByteCountMax = 64 * 1024
        do throws(S3Error) {
            return try await perform(request, until: deadline).headers.first(name: "etag") ?? ""
        } catch { throw condition.fault(error) }
    }

    /// - Throws: `.notFound`.
    package func head(
        _ key: String, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> S3ObjectHead {
        S3ObjectHead(try await perform(S3Request(operation: .head, key: key), until: deadline).headers)
    }

    /// Reads an object, or a part of it.
    /// - Parameters:
    ///   - range: of bytes; nil for all.
    ///   - entityTag: the only version that is wanted; nil for any.
    ///   - byteCountMax: what the caller has room for; more is `.tooLong`.
    ///   - isWanted: tells from the head whether the bytes are; if not, they stay away.
    /// - Throws: `.notFound`, or `.preconditionFailed` for another version.
    package func get(
        _ key: String, range: Range<Int>? = nil, ifMatch entityTag: String? = nil, byteCountMax: Int,
        until deadline: ContinuousClock.Instant? = nil,
        where isWanted: @escaping @Sendable (S3ObjectHead) -> Bool = { _ in true }
    ) async throws(S3Error) -> (head: S3ObjectHead, bytes: ByteBuffer) {
        var request = S3Request(operation: .get, key: key)
        if let range { request.headers.add(name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        if let entityTag { request.headers.add(name: "if-match", value: entityTag) }
        request.answerByteCountMax = byteCountMax
        request.wantsBody = { isWanted(S3ObjectHead($0)) }
        let answer = try await perform(request, until: deadline)
        // A server that knows no ranges answers with everything, which isn't what was asked for.
        if range != nil, answer.status != 206 { throw .malformed(detail: "no partial content") }
        return (S3ObjectHead(answer.headers), answer.body)
    }

    /// Removes an object; one that isn't there is as good as removed.
    package func delete(_ key: String, until deadline: ContinuousClock.Instant? = nil) async throws(S3Error) {
        do throws(S3Error) { _ = try await perform(S3Request(operation: .delete, key: key), until: deadline) } catch {
            guard error == .notFound else { throw error }
        }
    }

    /// - Throws: `.noSuchBucket`.
    package func checkBucket(until deadline: ContinuousClock.Instant? = nil) async throws(S3Error) {
        do throws(S3Error) { _ = try await perform(S3Request(operation: .headBucket), until: deadline) } catch {
            throw error == .notFound ? .noSuchBucket(location.bucket) : error
        }
    }
}

extension S3Body {
    /// SHA-256 in Base64.
    fileprivate var checksum: String {
        switch self {
        case .none: Data(SHA256.hash(data: [UInt8]())).base64EncodedString()
        case .bytes(let bytes): Data(bytes.withUnsafeReadableBytes { SHA256.hash(data: $0) }).base64EncodedString()
        case .pieces(let pieces): Data(pieces.digest).base64EncodedString()
        }
    }
}
