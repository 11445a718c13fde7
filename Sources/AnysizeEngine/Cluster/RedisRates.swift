package import AnysizeCore
package import Redis

/// Rates of clients over all nodes, by Redis' own clock, since those of nodes differ.
///
///     anysize:rate:<work>:<client>   microseconds since 1970: until when the client has had its due
package struct RedisRates: SharedRates {
    private let client: RedisClient

    package init(client: RedisClient) { self.client = client }

    package func waitSeconds(_ client: String, for work: LimitedWork, _ limit: RateLimit) async -> Double? {
        let command = Command(
            "EVAL", Self.script, 1, "anysize:rate:\(work.rawValue):\(client)",
            Int(limit.intervalSeconds * 1e6), Int(limit.slackSeconds * 1e6))
        guard case .integer(let microseconds)? = try? await self.client.send(command) else { return nil }
        return Double(microseconds) / 1e6
    }

    // The arithmetic of `RateLimit.verdict`. A due further ahead than any grant can bring it comes from a clock that went back, or
    // from a limit that was wider.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, slack = tonumber(ARGV[1]), tonumber(ARGV[2])
        local due = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
        due = math.min(math.max(due, now), now + slack + interval)
        if due - now > slack then return due - now - slack end
        due = due + interval
        redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
        return 0
        """
}
