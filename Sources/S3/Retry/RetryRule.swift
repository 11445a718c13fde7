/// When a request is tried again.
package struct RetryRule: Sendable {
    /// Tries of one request, the first included.
    package var triesMax = 3
    /// Longest pause before the first retry, in seconds; twice as long before each further one.
    package var pauseSeconds = 0.1
    package var pauseSecondsMax = 2.0
    /// A share of the longest pause, from 0 to 1: "full jitter", so that those who failed together don't come back together.
    package var jitter: @Sendable () -> Double = { .random(in: 0...1) }

    package init() {}

    /// Seconds to rest after a try that failed, the first being 1.
    func pause(after tryNumber: Int) -> Double {
        var longest = pauseSeconds
        for _ in 1..<max(tryNumber, 1) { longest *= 2 }
        return min(longest, pauseSecondsMax) * jitter()
    }
}

/// Why a try is worth another one; a label of metrics.
package enum RetryReason: String, CaseIterable, Hashable, Sendable {
    /// The server asks us to go slower.
    case slowDown = "slow-down"
    /// Any other 5xx.
    case serverError = "server-error"
    /// No connection, or one that ended too early.
    case connection
    case timeOut = "time-out"
    /// What arrived there isn't what was sent.
    case damaged
    /// The credentials were too old.
    case credentials
}

/// How a try failed.
struct TryFailure: Error, Hashable, Sendable {
    let error: S3Error
    /// Nil where another try would fail likewise.
    let reason: RetryReason?

    init(_ error: S3Error, worthRetrying reason: RetryReason? = nil) {
        self.error = error
        self.reason = reason
    }
}
