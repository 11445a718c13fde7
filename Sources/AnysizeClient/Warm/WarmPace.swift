import NIOHTTP1

/// How many requests may be under way at once: more and more of them while the service has time, half as many when it hasn't.
/// Pure; ``Warmer`` keeps one.
///
/// It begins with one. Each answer that came without delay adds one divided by the limit, so about one for each round. An answer
/// that says the service is busy halves the limit, but those that were sent before the last halving say nothing new.
package struct WarmPace: Sendable {
    private let limitMax: Double
    private var exactLimit = 1.0
    private var sentCount = 0
    private var sentBeforeHalving = 0

    /// Seconds that a request may queue in the service before that counts as busy.
    package static let queueSecondsMax = 0.1
    /// Seconds that an answer may take where nobody tells how long it queued.
    package static let answerSecondsMax = 2.0

    /// - Parameter limitMax: never more than that, 1 or more.
    package init(limitMax: Int) { self.limitMax = Double(max(1, limitMax)) }

    package var limit: Int { Int(exactLimit) }

    /// A request that was sent.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: Int
    }

    package mutating func send() -> Ticket {
        sentCount += 1
        return Ticket(number: sentCount)
    }

    package mutating func answered(_ ticket: Ticket, isBusy: Bool) {
        guard isBusy else {
            exactLimit = min(limitMax, exactLimit + 1 / exactLimit)
            return
        }
        guard ticket.number > sentBeforeHalving else { return }
        sentBeforeHalving = sentCount
        exactLimit = max(1, exactLimit / 2)
    }

    /// Whether an answer says that the service is busy.
    /// - Parameter seconds: that it took.
    package static func isBusy(_ answer: ServiceAnswer, seconds: Double) -> Bool {
        guard answer.status != 503, answer.status != 429 else { return true }
        guard let timing = answer.headers.first(name: "Server-Timing") else { return seconds > answerSecondsMax }
        return queueSeconds(timing) > queueSecondsMax
    }

    /// What `Server-Timing` says of the queue: `queue;dur=12.5, …`, in milliseconds.
    private static func queueSeconds(_ timing: String) -> Double {
        for metric in timing.split(separator: ",") {
            let parts = metric.split(separator: ";").map { $0.drop { $0 == " " } }
            guard parts.first == "queue", let text = parts.first(where: { $0.hasPrefix("dur=") })?.dropFirst(4) else {
                continue
            }
            return (Double(text) ?? 0) / 1000
        }
        return 0
    }
}
