/// How often one client may have something done: evenly in the long run, and a number at once after a rest. Pure: who asks brings
/// the time.
///
/// The generic cell rate algorithm: all that is known of a client is when what it has had so far would have been its due at the
/// even rate. It may be ahead of that by a burst.
package struct RateLimit: Hashable, Sendable {
    /// In the long run; at least 1.
    package let perMinute: Int
    /// At once, after a rest; at least 1.
    package let burst: Int

    package init(perMinute: Int, burst: Int) {
        self.perMinute = max(1, perMinute)
        self.burst = max(1, burst)
    }

    /// Between two at the even rate.
    package var intervalSeconds: Double { 60 / Double(perMinute) }

    /// How far a client may be ahead of its due and still be granted one more.
    package var slackSeconds: Double { intervalSeconds * Double(burst - 1) }

    /// What is said to one that asks.
    package enum Verdict: Hashable, Sendable {
        /// - Parameter due: to be brought along the next time.
        case granted(due: Double)
        /// Nothing has changed.
        case refused(waitSeconds: Double)
    }

    /// - Parameters:
    ///   - due: as the last grant gave it; nil for a client that nothing is known of.
    ///   - now: seconds on a clock that never goes back.
    package func verdict(due: Double?, now: Double) -> Verdict {
        let due = max(due ?? now, now)
        let wait = due - now - slackSeconds
        // Sums of fractions may be off by a hair.
        guard wait <= 1e-6 else { return .refused(waitSeconds: wait) }
        return .granted(due: due + intervalSeconds)
    }
}

/// What a client can be held to a rate of: what costs more than answering from a tier.
package enum LimitedWork: String, CaseIterable, Sendable {
    case render, upload
}
