package import AnysizeCore
package import Metrics
import NIOCore
package import Redis

/// The tier that all nodes share: small variants, and the smaller levels. Each value is laid out and checked as a file of the disk
/// tier is, so whatever else is found under a key of ours is a miss.
///
///     anysize:variant:<key>       the value
///     anysize:variants:<original> the keys of an original's variants, for its deletion
package struct RedisCache: VariantCache {
    package let name = "redis"

    private let client: RedisClient
    private let byteCountMax: Int
    private let seconds: Int
    private let damaged: Counter

    /// - Parameters:
    ///   - byteCountMax: of a variant; larger ones aren't kept.
    ///   - seconds: after which one is forgotten that wasn't stored again.
    package init(
        client: RedisClient, byteCountMax: Int, seconds: Int, metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.client = client
        self.byteCountMax = byteCountMax
        self.seconds = seconds
        damaged = Counter(
            label: "anysize_cache_faults_total", dimensions: [("tier", "redis"), ("reason", "damaged")],
            factory: metrics)
    }

    /// Redis counts for itself.
    package var usage: CacheUsage { CacheUsage() }

    package func find(_ key: VariantKey) async -> Variant? {
        guard let bytes = try? await client.send(Command("GET", Self.name(of: key))).bytes else { return nil }
        guard let variant = VariantFile.decode(bytes, key: key) else {
            damaged.increment()
            _ = try? await client.send(Command("UNLINK", Self.name(of: key)))
            return nil
        }
        return variant
    }

    package func store(_ variant: Variant, for key: VariantKey) async {
        guard variant.byteCount <= byteCountMax else { return }
        var value = VariantFile.head(of: variant, key: key)
        value.writeImmutableBuffer(variant.bytes)
        _ = try? await client.send(
            Command(
                "EVAL", Self.storing, 2, Self.name(of: key), Self.name(of: key.original), value, seconds,
                key.description),
            within: .milliseconds(250))
    }

    package func removeAll(of original: OriginalTag) async -> Int {
        let reply = try? await client.send(
            Command("EVAL", Self.removing, 1, Self.name(of: original), Self.prefix), within: .seconds(1))
        return Int(reply?.number ?? 0)
    }

    private static let prefix = "anysize:variant:"

    private static func name(of key: VariantKey) -> String { prefix + key.description }

    private static func name(of original: OriginalTag) -> String { "anysize:variants:\(original)" }

    /// One that is there is left as it is, but for its age.
    private static let storing = """
        if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
        redis.call('SADD', KEYS[2], ARGV[3])
        redis.call('EXPIRE', KEYS[2], ARGV[2])
        """

    private static let removing = """
        local count = 0
        for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do count = count + redis.call('UNLINK', ARGV[1] .. key) end
        redis.call('UNLINK', KEYS[1])
        return count
        """
}
