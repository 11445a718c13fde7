import NIOCore

/// A page of a bucket's keys.
package struct S3KeyPage: Hashable, Sendable {
    /// In the order of their bytes.
    package let keys: [String]
    /// Whether there are more after them.
    package let isTruncated: Bool
}

/// A multipart upload that is neither completed nor aborted.
package struct S3UnfinishedUpload: Hashable, Sendable {
    package let key: String
    package let id: String
    /// Seconds since 1970; nil where the server tells it in a spelling of its own.
    package let begunSeconds: Int?
}

extension S3Client {
    /// Keys with a prefix, but none with a slash after it.
    /// - Parameters:
    ///   - after: a whole key; nil for the first page.
    ///   - limit: 1 to 1,000.
    package func list(
        prefix: String, after: String?, limit: Int, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> S3KeyPage {
        var request = S3Request(operation: .list)
        request.query = [
            ("list-type", "2"), ("prefix", prefix), ("delimiter", "/"), ("max-keys", "\(limit)"),
        ]
        if let after { request.query.append(("start-after", after)) }
        request.answerByteCountMax = Self.listByteCountMax
        let root = try XMLNode.read(try await perform(request, until: deadline).body)
        guard root.name == "ListBucketResult" else { throw .malformed(detail: "no list of keys") }
        return S3KeyPage(
            keys: root.all("Contents").compactMap { $0["Key"] }, isTruncated: root["IsTruncated"] == "true"
        )
    }

    /// The first 1,000 uploads or fewer, of keys with a prefix.
    package func unfinishedUploads(
        prefix: String, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> [S3UnfinishedUpload] {
        var request = S3Request(operation: .listUploads)
        request.query = [("uploads", ""), ("prefix", prefix), ("max-uploads", "1000")]
        request.answerByteCountMax = Self.listByteCountMax
        let root = try XMLNode.read(try await perform(request, until: deadline).body)
        guard root.name.hasPrefix("ListMultipartUploads") else { throw .malformed(detail: "no list of uploads") }
        return root.all("Upload").compactMap { node in
            guard let key = node["Key"], let id = node["UploadId"] else { return nil }
            return S3UnfinishedUpload(key: key, id: id, begunSeconds: node["Initiated"].flatMap { ISOTime.read($0) })
        }
    }

    /// 1,000 keys of at most 1,024 bytes, each escaped perhaps, with all that is said of them.
    private static let listByteCountMax = 8 * 1024 * 1024
}

/// Times in XML: `2026-11-24T04:07:13Z`, with a fraction perhaps.
enum ISOTime {
    /// Seconds since 1970; nil where it isn't a time in that spelling.
    static func read(_ text: String) -> Int? {
        let parts = text.split(whereSeparator: { "-T:Z.".contains($0) }).compactMap { Int($0) }
        guard text.hasSuffix("Z"), parts.count >= 6, (1...12).contains(parts[1]) else { return nil }
        return HTTPTime.days(parts[0], parts[1], parts[2]) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
    }
}
