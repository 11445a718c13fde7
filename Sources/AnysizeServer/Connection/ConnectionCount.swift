import Synchronization

/// The connections of a server at this moment, against the limit; shared by all event loops.
package final class ConnectionCount: Sendable {
    /// What to do with a connection just accepted.
    package enum Admission: Sendable, Equatable {
        /// Serve it.
        case admitted
        /// Answer 503, then close it.
        case refused
        /// Close it at once: too many are being refused already.
        case dropped
    }

    private let openCountMax: Int
    private let refusedCountMax: Int
    private let open = Atomic(0)
    private let refused = Atomic(0)

    package init(limits: ConnectionLimits) {
        self.openCountMax = limits.connectionCountMax
        self.refusedCountMax = limits.refusedCountMax
    }

    /// Connections being served.
    package var openCount: Int { self.open.load(ordering: .relaxed) }

    /// Counts a connection in; `release(_:)` must follow with the same answer when it is closed.
    package func admit() -> Admission {
        if Self.take(self.open, upTo: self.openCountMax) { return .admitted }
        return Self.take(self.refused, upTo: self.refusedCountMax) ? .refused : .dropped
    }

    /// Counts a connection out.
    package func release(_ admission: Admission) {
        switch admission {
        case .admitted: self.open.subtract(1, ordering: .relaxed)
        case .refused: self.refused.subtract(1, ordering: .relaxed)
        case .dropped: break
        }
    }

    /// Adds first and looks after: near the limit two loops may both be refused for a moment, never both let in.
    private static func take(_ count: borrowing Atomic<Int>, upTo limit: Int) -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= limit { return true }
        count.subtract(1, ordering: .relaxed)
        return false
    }
}
