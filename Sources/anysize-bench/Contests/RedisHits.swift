/// Variants that another node has rendered: a node without tiers of its own, so that each request is answered from Redis.
struct RedisHits {
    let bench: Bench
    let redis: RedisServer
    let hits: Hits

    init(_ bench: Bench) throws {
        self.bench = bench
        redis = try RedisServer(bench)
        let settings = [
            "redis.url": redis.url, "cache.memory.bytes": "0", "cache.disk.bytes": "0",
            "cache.redis.variant.bytes": "1MB",
        ]
        hits = try Hits(bench, settings)
    }

    func contests() -> [Contest] {
        hits.files.flatMap { file in
            [1, 32].map { connections in
                Contest(
                    name: "Redis hit, \(file.name), \(connections) connections",
                    contenders: [
                        hits.contender(
                            "Anysize", hits.anysize, .get(file.path), connections: connections, file.byteCount,
                            with: redis),
                        hits.contender(
                            "nginx", hits.nginx, .get("/" + file.name), connections: connections, file.byteCount),
                    ])
            }
        }
    }
}
