/// Spreads work over time so that no more than so much is done in a second. Pure: who asks brings the time.
package struct RateBound: Sendable {
    /// Units a second; nil for no bound.
    private let rate: Double?
    /// Seconds on the caller's clock when all work so far is paid for.
    private var paidUntil = -Double.infinity

    /// What may be done at once after a rest, in seconds' worth of work.
    package static let burstSeconds = 0.25

    /// - Parameter rate: units a second; 0 for no bound.
    package init(rate: Int) { self.rate = rate > 0 ? Double(rate) : nil }

    /// Takes on some work.
    /// - Parameters:
    ///   - count: its units.
    ///   - now: seconds on a clock that never goes back.
    /// - Returns: how long to wait before doing it, in seconds.
    package mutating func delaySeconds(for count: Int, now: Double) -> Double {
        guard let rate else { return 0 }
        let start = max(paidUntil, now - Self.burstSeconds)
        paidUntil = start + Double(count) / rate
        return max(0, start - now)
    }
}
