import AnysizeTesting
import Foundation
import Testing

/// Readers who want few pictures often and many seldom.
enum SkewedReaders {
    private static let originalCount = 400
    private static let requestCount = 4000

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
        var hits = 0
        for number in 0..<(2 * requestCount) {
            var left = Double.random(in: 0..<whole, using: &random)
            let rank = weights.firstIndex { weight in
                left -= weight
                return left < 0
            }
            let width = Int.random(in: 40...43, using: &random)
            let answer = try await client.get("/img/\(ids[rank ?? 0])?w=\(width)")
            guard answer.status == 200 else { throw ServiceError(what: "\(answer.status) \(answer.text)") }
            let isHit = answer.headers["cache-status"]?.contains("detail=memory") ?? false
            if number >= requestCount, isHit { hits += 1 }
        }
        return Double(hits) / Double(requestCount)
    }
}
