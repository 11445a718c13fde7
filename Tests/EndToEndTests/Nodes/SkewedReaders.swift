import AnysizeTesting
import Foundation
import Testing

/// Readers who want few pictures often and many seldom.
enum SkewedReaders {
    private static let originalCount = 200
    private static let requestCount = 1500

    /// Uploads, asks, and counts: the share of answers from memory, after as many to warm up.
    static func hitShare(of client: HTTPClient) async throws -> Double {
        var ids: [String] = []
        for _ in 0..<originalCount {
            ids.append(try await client.upload(Materials.uniqueJPEG(commentOf: 16, of: "orientation_1.jpg")).id)
        }
        // The same wishes for all who are compared.
        var random = SeededRandom(seed: 7)
        let weights = (1...originalCount).map { 1 / Double($0) }
        let whole = weights.reduce(0, +)
        let wishes = (0..<(2 * requestCount)).map { _ in
            var left = Double.random(in: 0..<whole, using: &random)
            let rank = weights.firstIndex { weight in
                left -= weight
                return left < 0
            }
            return "/img/\(ids[rank ?? 0])?w=\(Int.random(in: 40...43, using: &random))"
        }
        _ = try await hits(of: client, wishes[..<requestCount])
        let hits = try await hits(of: client, wishes[requestCount...])
        return Double(hits) / Double(requestCount)
    }

    private static func hits(of client: HTTPClient, _ wishes: ArraySlice<String>) async throws -> Int {
        let readerCount = 8
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for reader in 0..<readerCount {
                group.addTask {
                    var hits = 0
                    for index in stride(from: wishes.startIndex + reader, to: wishes.endIndex, by: readerCount) {
                        let answer = try await client.get(wishes[index])
                        guard answer.status == 200 else { throw ServiceError(what: "\(answer.status) \(answer.text)") }
                        if answer.headers["cache-status"]?.contains("detail=memory") ?? false { hits += 1 }
                    }
                    return hits
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
