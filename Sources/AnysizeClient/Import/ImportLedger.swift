import Synchronization

/// What an import has done so far, for whoever shows it.
package struct ImportCounts: Hashable, Sendable {
    /// Files of the tree and their bytes, as far as they have been counted.
    package var found = 0
    package var foundBytes = 0
    /// Whether the count above is complete.
    package var isCounted = false
    /// Taken in by this run, as new originals or new versions.
    package var stored = 0
    /// Sent or asked for by this run, and there already.
    package var present = 0
    /// Not sent, since an earlier run has had an answer: stored then.
    package var known = 0
    /// Refused by the service, now or in an earlier run.
    package var refused = 0
    /// Not taken in, but another run may have more luck: unreadable, changing, or too many faults of the service.
    package var failed = 0
    package var skipped: [TreeEntry.Skipped: Int] = [:]
    /// Bytes of files that are done, and of those sent by this run.
    package var doneBytes = 0
    package var sentBytes = 0
    /// Attempts that had to be made again.
    package var retries = 0
    /// Requests that wait before their next attempt, as the service asks for.
    package var waiting = 0

    package init() {}

    /// Files that there is nothing left to do for.
    package var done: Int { stored + present + known + refused + failed }
}

/// A file that hasn't been taken in, and why.
package struct ImportRefusal: Hashable, Sendable, Encodable {
    package let path: String
    /// The service's kind of problem, or one of ours: `unreadable`, `changed`, `bad-id`, `id-taken`, `gave-up`, `digest-differs`.
    package let kind: String
    /// Nil where the service wasn't asked.
    package let status: Int?
    package let detail: String

    package init(_ path: TreePath, kind: String, status: Int? = nil, detail: String) {
        self.path = path.description
        self.kind = kind
        self.status = status
        self.detail = detail
    }
}

/// The account of a running import. Holds the first few refusals; all of them are in a file.
package final class ImportLedger: Sendable {
    /// Refusals that a report shows.
    package static let shownCountMax = 20

    private let state = Mutex(State())

    private struct State {
        var counts = ImportCounts()
        var shown: [ImportRefusal] = []
        var kinds: [String: Int] = [:]
    }

    package init() {}

    package var counts: ImportCounts { state.withLock { $0.counts } }
    /// The first ``shownCountMax`` of them.
    package var refusals: [ImportRefusal] { state.withLock { $0.shown } }
    /// How many of each kind there were.
    package var refusalKinds: [String: Int] { state.withLock { $0.kinds } }

    func change(_ body: (inout ImportCounts) -> Void) { state.withLock { body(&$0.counts) } }

    func note(_ refusal: ImportRefusal, isFinal: Bool, byteCount: Int) {
        state.withLock { state in
            if isFinal { state.counts.refused += 1 } else { state.counts.failed += 1 }
            state.counts.doneBytes += byteCount
            state.kinds[refusal.kind, default: 0] += 1
            if state.shown.count < Self.shownCountMax { state.shown.append(refusal) }
        }
    }
}
