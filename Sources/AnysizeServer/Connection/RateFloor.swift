package import NIOCore

/// The least average speed that we accept of a client, kept as the instant at which patience ends.
///
/// It begins with a grace, each byte that moves buys time at the price of the floor, and no more than
/// `stallSecondsMax` can be saved up.
package struct RateFloor: Sendable, Equatable {
    /// When the client has been too slow, if nothing more moves until then.
    package private(set) var until: NIODeadline

    private let bytesPerSecondMin: Int
    private let stall: TimeAmount

    package init(bytesPerSecondMin: Int, graceSeconds: Double, stallSecondsMax: Double, now: NIODeadline) {
        self.bytesPerSecondMin = max(bytesPerSecondMin, 1)
        self.stall = .fraction(max(stallSecondsMax, graceSeconds))
        self.until = now + .fraction(graceSeconds)
    }

    /// Counts bytes that have moved by `now`.
    package mutating func credit(byteCount: Int, now: NIODeadline) {
        guard byteCount > 0 else { return }
        let earned = TimeAmount.fraction(Double(byteCount) / Double(self.bytesPerSecondMin))
        self.until = min(self.until + earned, now + self.stall)
    }

    /// Forgives time in which it was not the client that we waited for.
    package mutating func postpone(by amount: TimeAmount) {
        self.until = self.until + amount
    }
}

extension TimeAmount {
    /// A fraction of seconds, held to a year so that no setting can overflow.
    static func fraction(_ seconds: Double) -> TimeAmount {
        .nanoseconds(Int64(min(max(seconds, 0), 31_536_000) * 1_000_000_000))
    }
}
