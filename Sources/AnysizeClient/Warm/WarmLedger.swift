package import AnysizeCore
import Synchronization

/// What warming has done so far, for whoever shows it.
package struct WarmCounts: Hashable, Sendable {
    /// Originals whose variants have been asked for.
    package var originals = 0
    /// Variants that have been asked for, answered or not.
    package var asked = 0
    /// Rendered for us.
    package var rendered = 0
    /// Another request's render was shared.
    package var shared = 0
    /// There already, in a tier of the service.
    package var present = 0
    /// Answered well, without a word on where from: something in front of the service takes `Cache-Status` away.
    package var untold = 0
    package var refused = 0
    package var badLines = 0
    package var retries = 0
    package var waiting = 0
    /// How many requests may be under way now.
    package var limit = 1

    package init() {}

    package var done: Int { rendered + shared + present + untold + refused }
}

/// A variant that can't be had, and why.
package struct WarmRefusal: Hashable, Sendable, Encodable {
    package let id: String
    package let recipe: String
    package let kind: String
    package let status: Int?
    package let detail: String

    init(_ id: OriginalID, _ recipe: String, kind: String, status: Int? = nil, detail: String) {
        self.id = id.description
        self.recipe = recipe
        self.kind = kind
        self.status = status
        self.detail = detail
    }
}

/// The account of a running ``Warmer``. Holds the first few refusals, and how many of each kind there were.
package final class WarmLedger: Sendable {
    /// Refusals that a report shows.
    package static let shownCountMax = 20

    private let state: Mutex<State>

    fileprivate struct State {
        var counts = WarmCounts()
        var shown: [WarmRefusal] = []
        var kinds: [String: Int] = [:]
        var pace: WarmPace
        var mark = Watermark<OriginalID>()
        /// Variants still to come of each original under way.
        var open: [Int: Int] = [:]
    }

    /// An original whose variants are asked for.
    struct Original: Sendable {
        let id: OriginalID
        let number: Int
    }

    package init(concurrencyMax: Int) { state = Mutex(State(pace: WarmPace(limitMax: concurrencyMax))) }

    package var counts: WarmCounts {
        state.withLock { state in
            var counts = state.counts
            counts.limit = state.pace.limit
            return counts
        }
    }
    /// The first ``shownCountMax`` of them.
    package var refusals: [WarmRefusal] { state.withLock { $0.shown } }
    package var refusalKinds: [String: Int] { state.withLock { $0.kinds } }
    /// The last id up to which everything has been asked for; nil where there is none yet.
    package var mark: OriginalID? { state.withLock { $0.mark.place } }

    var limit: Int { state.withLock { $0.pace.limit } }

    func begin(_ id: OriginalID, recipeCount: Int) -> Original {
        state.withLock { state in
            let number = state.mark.begin()
            state.open[number] = recipeCount
            state.counts.originals += 1
            state.counts.asked += recipeCount
            return Original(id: id, number: number)
        }
    }

    func send() -> WarmPace.Ticket { state.withLock { $0.pace.send() } }

    func answered(_ ticket: WarmPace.Ticket, isBusy: Bool) {
        state.withLock { $0.pace.answered(ticket, isBusy: isBusy) }
    }

    /// A request waits for its next attempt, or no longer: whatever the reason, the service hasn't time.
    func wait(_ change: Int, _ ticket: WarmPace.Ticket?) {
        state.withLock { state in
            state.counts.waiting += change
            guard change > 0 else { return }
            state.counts.retries += 1
            if let ticket { state.pace.answered(ticket, isBusy: true) }
        }
    }

    func noteBadLines(_ count: Int) { state.withLock { $0.counts.badLines = count } }

    func conclude(_ answer: ServiceAnswer, of original: Original, _ recipe: String) {
        guard answer.status == 200 || answer.status == 304 else {
            let refusal = answer.refusal
            return refuse(
                WarmRefusal(original.id, recipe, kind: refusal.kind, status: refusal.status, detail: refusal.detail),
                of: original)
        }
        state.withLock { state in
            switch CacheStatus(answer.headers) {
            case nil: state.counts.untold += 1
            case let status? where status.isHit: state.counts.present += 1
            case let status? where status.isShared: state.counts.shared += 1
            case _?: state.counts.rendered += 1
            }
            state.end(original)
        }
    }

    func refuse(_ refusal: WarmRefusal, of original: Original) {
        state.withLock { state in
            state.counts.refused += 1
            state.kinds[refusal.kind, default: 0] += 1
            if state.shown.count < Self.shownCountMax { state.shown.append(refusal) }
            state.end(original)
        }
    }
}

extension WarmLedger.State {
    /// One variant less to wait for.
    fileprivate mutating func end(_ original: WarmLedger.Original) {
        let count = (open[original.number] ?? 1) - 1
        open[original.number] = count > 0 ? count : nil
        if count <= 0 { mark.end(original.number, at: original.id) }
    }
}
