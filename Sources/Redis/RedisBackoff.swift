/// How long to wait before the next attempt to connect, with jitter, since nodes lose a server all at the same moment.
struct RedisBackoff {
    private var attemptCount = 0

    /// At most about one attempt a second.
    private static let secondsMax = 1.5

    mutating func next() -> Duration {
        attemptCount = min(attemptCount + 1, 10)
        var seconds = 0.05
        for _ in 1..<attemptCount { seconds *= 2 }
        return .seconds(min(seconds, Self.secondsMax) * Double.random(in: 0.5...1))
    }
}
