import NIOHTTP1

/// Brings a directory tree into a running service: each regular file is sent once, and the journal remembers.
///
/// In memory are at any time the directories that are open, one for each level; some 64 names; for each file under way one chunk of
/// ``SourceFile/chunkByteCount``, and what the connection holds of it; and what ``Journal`` says.
package struct Importer: Sendable {
    let options: ImportOptions
    let client: ServiceClient
    let journal: Journal
    let refusals: RefusalFile
    package let ledger: ImportLedger
    let contact = Contact()

    package init(
        _ options: ImportOptions, client: ServiceClient, journal: Journal, refusals: RefusalFile, ledger: ImportLedger
    ) {
        self.options = options
        self.client = client
        self.journal = journal
        self.refusals = refusals
        self.ledger = ledger
    }

    /// Returns when nothing is left to be done.
    package func run() async throws(ImportStop) {
        let walk: TreeWalk
        do throws(SourceError) { walk = try newWalk() } catch { throw .root(path: options.root, error) }
        try await greet()
        async let count: Void = countFiles()
        let stop = await sendAll(of: walk)
        await count
        do throws(JournalError) {
            try await onFileThread { [journal] () throws(JournalError) in try journal.flush() }
        } catch { throw .journal(error) }
        if let stop { throw stop }
    }

    private func newWalk() throws(SourceError) -> TreeWalk {
        let own = [journal.identity, refusals.identity].compactMap { $0 }
        return try TreeWalk(options.root, includesHidden: options.includesHidden, own: Set(own))
    }

    /// Asks for what anyone may, so that a wrong address is told before the first file is read.
    private func greet() async throws(ImportStop) {
        do throws(ExchangeError) {
            let answer = try await client.send(.OPTIONS, "/img")
            contact.answered()
            guard answer.status < 400 || answer.status == 503 || answer.status == 429 else {
                throw ExchangeError.lost(detail: "\(client.base)/img is answered with \(answer.status)")
            }
        } catch {
            switch error {
            case .cancelled: throw .cancelled
            case .lost(let detail): throw .unreachable(detail: detail)
            }
        }
    }

    /// What there is to be done, counted by a walk of its own while the first files are on their way.
    private func countFiles() async {
        guard let walk = try? newWalk() else { return }
        while !Task.isCancelled {
            let entries = await onFileThread { walk.next(1000) }
            let stamps = entries.compactMap { if case .file(_, let stamp) = $0 { stamp } else { nil } }
            ledger.change { counts in
                counts.found += stamps.count
                counts.foundBytes += stamps.reduce(0) { $0 + $1.byteCount }
                counts.isCounted = entries.isEmpty
            }
            if entries.isEmpty { return }
        }
    }

    /// - Returns: why it has ended early; nil where it hasn't.
    private func sendAll(of walk: TreeWalk) async -> ImportStop? {
        await withTaskGroup(of: ImportStop?.self) { group in
            var stop: ImportStop?
            var running = 0
            feeding: while !Task.isCancelled {
                let batch = await onFileThread { self.nextBatch(of: walk) }
                for entry in batch.entries {
                    if running == options.concurrency {
                        stop = await group.next() ?? nil
                        running -= 1
                        if stop != nil { break feeding }
                    }
                    group.addTask { await self.take(entry) }
                    running += 1
                }
                if batch.isLast { break }
            }
            // Nothing is lost with what is under way: the next run sends it again.
            if stop != nil { group.cancelAll() }
            for await end in group { stop = stop ?? end }
            return stop ?? (Task.isCancelled ? .cancelled : nil)
        }
    }

    /// The next entries that something must be done for; what the journal knows of is counted and left out. Blocks.
    private func nextBatch(of walk: TreeWalk) -> (entries: [TreeEntry], isLast: Bool) {
        let found = walk.next(64)
        let entries = found.filter { entry in
            guard case .file(let path, let stamp) = entry, let line = journal.find(path, stamp) else { return true }
            switch line.outcome {
            case .refused: return true
            case .stored:
                ledger.change { counts in
                    counts.known += 1
                    counts.doneBytes += stamp.byteCount
                }
                return false
            }
        }
        return (entries, found.isEmpty)
    }

    /// Does what an entry calls for.
    /// - Returns: what makes it useless to go on; nil as a rule.
    private func take(_ entry: TreeEntry) async -> ImportStop? {
        do throws(ImportStop) {
            switch entry {
            case .skipped(_, let why): ledger.change { $0.skipped[why, default: 0] += 1 }
            case .unreadable(let path, let error):
                try await refuse(ImportRefusal(path, kind: "unreadable", detail: error.description), byteCount: 0)
            case .file(let path, let stamp): try await importFile(path, stamp)
            }
            return nil
        } catch { return error }
    }
}
