import AnysizeCore
import AnysizeEngine
import Logging
import NIOPosix
import Redis
import ServiceLifecycle

/// What this node shares with others, where `redis.url` names a server for it.
struct Cluster: Sendable {
    let client: RedisClient
    let tier: RedisCache
    let flight: ClusterFlight
    let feed: RedisChangeFeed
    let rates: RedisRates
    /// In the order in which they are needed.
    let services: [any Service]

    /// Nil where this node is on its own.
    static func of(_ settings: Settings, logger: Logger) throws -> Cluster? {
        guard let address = settings.redis.address else { return nil }
        let authority = settings.redis.authorityFile.isEmpty ? nil : settings.redis.authorityFile
        let group = MultiThreadedEventLoopGroup.singleton
        let client = try RedisClient(address, authorityPath: authority, group: group, logger: logger)
        let feed = try RedisChangeFeed(
            address, authorityPath: authority, client: client,
            node: String(UInt64.random(in: .min ... .max), radix: 36), group: group, logger: logger)
        return Cluster(
            client: client,
            tier: RedisCache(
                client: client, byteCountMax: settings.cache.redisVariantBytes, seconds: settings.cache.redisTTLSeconds),
            flight: ClusterFlight(RedisLeases(client: client)), feed: feed, rates: RedisRates(client: client),
            services: [client, feed])
    }

    /// A store as this node sees it: one that others write to as well is asked again before anything old is told.
    static func shared(_ chosen: ChosenStore, _ settings: Settings, _ cluster: Cluster?) -> any OriginalStore {
        // Nobody else has this data directory.
        guard case .objectStore = settings.store.location else { return chosen.store }
        let store = SharedOriginalStore(
            base: chosen.store, feed: cluster?.feed, blindSeconds: settings.store.recordSeconds,
            staleSeconds: Double(settings.http.cacheStaleSeconds))
        cluster?.feed.attach(store)
        return store
    }
}
