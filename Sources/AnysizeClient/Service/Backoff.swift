/// How long to wait before a request is sent again, and when to give it up. Pure: who asks brings time and chance.
///
/// - Overload (`429`, `503`): the time that the service asks for, and on top of it a random part of a span that doubles with each
///   attempt, so that those refused together don't come back together. Until the request has waited for `patienceSeconds`.
/// - A fault of the service (another 5xx), or a lost connection while the service answers others: a random part of the span, at
///   most ``attemptCountMax`` times.
/// - A lost connection to a service that answers nobody: likewise, until it has been silent for `patienceSeconds`. It may be
///   starting anew; only then is it gone.
package struct Backoff: Sendable {
    /// Attempts at what the service answers with a fault, the first included.
    package static let attemptCountMax = 6
    /// Seconds of the first span, which doubles each time.
    package static let firstSpanSeconds = 0.25
    /// Seconds of the longest span.
    package static let spanSecondsMax = 15.0

    private let patienceSeconds: Double
    private var retryCount = 0
    private var faultCount = 0
    private var waitedSeconds = 0.0

    package init(patienceSeconds: Double) { self.patienceSeconds = patienceSeconds }

    /// What went wrong with an attempt.
    package enum Trouble: Hashable, Sendable {
        /// - Parameter seconds: what `Retry-After` said.
        case overloaded(retryAfter: Double?)
        case fault
        /// - Parameter silentSeconds: since the service last answered anyone.
        case lost(silentSeconds: Double)
    }

    /// What to do about it.
    package enum Verdict: Hashable, Sendable {
        case wait(seconds: Double)
        case giveUp
        /// Not this request alone: nobody is there.
        case unreachable
    }

    /// - Parameter chance: a random number from 0 to 1.
    package mutating func verdict(after trouble: Trouble, chance: Double) -> Verdict {
        let span = min(Self.spanSecondsMax, Self.firstSpanSeconds * Double(1 << min(retryCount, 16)))
        retryCount += 1
        var seconds = span * chance
        switch trouble {
        case .overloaded(let retryAfter):
            // An hour is no overload; the patience below ends it.
            seconds += min(retryAfter ?? 0, 3600)
            guard waitedSeconds + seconds <= patienceSeconds else { return .giveUp }
        case .lost(let silentSeconds) where silentSeconds > 1:
            guard silentSeconds <= patienceSeconds else { return .unreachable }
        case .lost, .fault:
            faultCount += 1
            guard faultCount < Self.attemptCountMax else { return .giveUp }
        }
        waitedSeconds += seconds
        return .wait(seconds: seconds)
    }
}
