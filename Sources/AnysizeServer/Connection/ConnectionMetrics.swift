package import Metrics

/// The numbers about connections that operators see.
///
/// One value serves all connections; its counters are made once, because looking one up by name takes a lock.
package struct ConnectionMetrics: Sendable {
    /// Why we closed a connection that the client might have kept, or had to give one up.
    package enum CloseReason: String, Sendable, CaseIterable {
        case headerTimeout = "header_timeout"
        case bodySlow = "body_slow"
        case bodyTimeout = "body_timeout"
        case writeSlow = "write_slow"
        case idle
        case parseError = "parse_error"
        case clientGone = "client_gone"
    }

    private let open: Meter
    private let refused: Counter
    private let closed: [CloseReason: Counter]

    /// - Parameter factory: where the numbers go; nil means the process-wide metrics system.
    package init(factory: (any MetricsFactory)? = nil) {
        let factory = factory ?? MetricsSystem.factory
        self.open = Meter(label: "anysize_connections_open", factory: factory)
        self.refused = Counter(label: "anysize_connections_refused_total", factory: factory)
        self.closed = Dictionary(
            uniqueKeysWithValues: CloseReason.allCases.map { reason in
                let dimensions = [("reason", reason.rawValue)]
                return (
                    reason,
                    Counter(label: "anysize_connections_closed_total", dimensions: dimensions, factory: factory)
                )
            }
        )
    }

    /// A connection was accepted and is being served.
    func opened() {
        self.open.increment()
    }

    /// A connection that was being served is gone, for whatever reason.
    func ended() {
        self.open.decrement()
    }

    /// A connection beyond the limit was turned away.
    func refusedOne() {
        self.refused.increment()
    }

    /// A connection ended before its time.
    func closed(_ reason: CloseReason) {
        self.closed[reason]?.increment()
    }
}
