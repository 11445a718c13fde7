package import AnysizeCore
import NIOCore
package import Redis

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Marks that all nodes know of, in Redis beside those of this node: an original that costs a helper costs the cluster one, not one
/// on each node. Without Redis, each node knows its own.
///
///     anysize:mark:<digest>   the mark, as JSON, for a week
package struct SharedFailureMarks: FailureMarks {
    private let own: any FailureMarks
    private let client: RedisClient

    private static let seconds = 7 * 86_400

    package init(own: any FailureMarks, client: RedisClient) {
        self.own = own
        self.client = client
    }

    package func find(_ original: Digest) async -> FailureMark? {
        async let known = own.find(original)
        let told = (try? await client.send(Command("GET", Self.name(of: original))))?.bytes.flatMap {
            try? JSONDecoder().decode(FailureMark.self, from: Data($0.readableBytesView))
        }
        // One that another node has removed since lives on here at most until the next attempt, which removes it.
        return [await known, told].compactMap { $0 }.max { $0.time < $1.time }
    }

    package func set(_ mark: FailureMark, for original: Digest) async {
        await own.set(mark, for: original)
        guard let data = try? JSONEncoder().encode(mark) else { return }
        _ = try? await client.send(
            Command("SET", Self.name(of: original), ByteBuffer(bytes: data), "EX", Self.seconds))
    }

    package func remove(_ original: Digest) async {
        await own.remove(original)
        _ = try? await client.send(Command("UNLINK", Self.name(of: original)))
    }

    private static func name(of original: Digest) -> String { "anysize:mark:\(original)" }
}
