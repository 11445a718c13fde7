import CoreMetrics
import Synchronization

/// What an operator should see of Redis.
struct RedisMetrics: Sendable {
    private let outcomes: [String: Counter]
    let connected: Counter
    private let lastNews = Shared("-")

    private static let names = ["answered", "unavailable", "timed-out", "busy", "refused", "malformed"]

    init(_ factory: any MetricsFactory) {
        outcomes = Dictionary(
            uniqueKeysWithValues: Self.names.map {
                ($0, Counter(label: "anysize_redis_commands_total", dimensions: [("outcome", $0)], factory: factory))
            })
        connected = Counter(label: "anysize_redis_connections_total", dimensions: [], factory: factory)
        for counter in outcomes.values { counter.increment(by: 0) }
        connected.increment(by: 0)
    }

    /// - Parameter error: nil for a reply.
    func count(_ error: RedisError?) {
        let name =
            switch error {
            case nil: "answered"
            case .unavailable, .unreachable: "unavailable"
            case .timedOut: "timed-out"
            case .busy: "busy"
            case .server, .unexpected: "refused"
            case .malformed: "malformed"
            }
        outcomes[name]?.increment()
    }

    /// Whether that wasn't the last thing told.
    func isNews(_ text: String) -> Bool { lastNews.replace(text) != text }

    private final class Shared: Sendable {
        private let value: Mutex<String>
        init(_ value: String) { self.value = Mutex(value) }
        func replace(_ new: String) -> String {
            value.withLock { value in
                defer { value = new }
                return value
            }
        }
    }
}
