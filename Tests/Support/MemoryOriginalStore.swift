package import AnysizeCore
package import NIOCore
import Synchronization

/// A store of originals in memory, with the manners of a real one. It counts what is asked of it, fails on demand, and lets a
/// test step in between two of its steps.
package final class MemoryOriginalStore: OriginalStore {
    /// What can be asked of a store, and of bytes on their way into it.
    package enum Step: Hashable, Sendable, CaseIterable {
        case find, read, stage, append, stagedBytes, commit, delete, list, check
    }

    fileprivate enum Entry {
        case present(OriginalRecord, ByteBuffer)
        case deleted
    }

    private struct State {
        var entries: [OriginalID: Entry] = [:] { didSet { changeCount += 1 } }
        var changeCount: UInt64 = 0
        var counts: [Step: Int] = [:]
        var failures: [Step: StoreError] = [:]
        var interjections: [Step: @Sendable () async -> Void] = [:]
        var stagedCount = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How often a step was asked for.
    package func count(of step: Step) -> Int { state.withLock { $0.counts[step] ?? 0 } }

    /// Uploads that are neither committed nor discarded.
    package var stagedCount: Int { state.withLock { $0.stagedCount } }

    /// Makes a step fail from now on; nil ends that.
    package func fail(_ step: Step, with error: StoreError?) { state.withLock { $0.failures[step] = error } }

    /// Does something right before the next time a step is taken, once.
    package func before(_ step: Step, _ act: @escaping @Sendable () async -> Void) {
        state.withLock { $0.interjections[step] = act }
    }

    /// Puts an original there, past all steps and counts.
    @discardableResult
    package func put(
        _ id: OriginalID, _ bytes: ByteBuffer, facts: PictureFacts = .sample(400, 300)
    ) -> OriginalRecord {
        var record = OriginalRecord.sample(digest: Digest(of: bytes), facts: facts)
        record.id = id
        record.byteCount = bytes.readableBytes
        state.withLock { $0.entries[id] = .present(record, bytes) }
        return record
    }

    /// Deletes an original, past all steps and counts.
    package func drop(_ id: OriginalID) { state.withLock { $0.entries[id] = .deleted } }

    package var changeCount: UInt64 { state.withLock { $0.changeCount } }

    package func peek(_ id: OriginalID) -> StoreEntry? {
        state.withLock { state in
            switch state.entries[id] {
            case .present(let record, _): .present(record)
            case .deleted: .deleted
            case nil: nil
            }
        }
    }

    package func find(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        try await begin(.find)
        return state.withLock { state -> StoreEntry? in
            switch state.entries[id] {
            case .present(let record, _): .present(record)
            case .deleted: .deleted
            case nil: nil
            }
        }
    }

    package func read(_ record: OriginalRecord) async throws(StoreError) -> ByteBuffer {
        try await begin(.read)
        let entry = state.withLock { $0.entries[record.id] }
        guard case .present(let found, let bytes) = entry, found.digest == record.digest else { throw .missing }
        return bytes
    }

    package func stage() async throws(StoreError) -> any StagedOriginal {
        try await begin(.stage)
        state.withLock { $0.stagedCount += 1 }
        return MemoryStagedOriginal(store: self)
    }

    package func commit(
        _ staged: any StagedOriginal, as record: OriginalRecord, if condition: WriteCondition
    ) async throws(StoreError) -> CommitOutcome {
        guard let staged = staged as? MemoryStagedOriginal else {
            preconditionFailure("bytes were staged in another store")
        }
        let bytes = staged.take()
        try await begin(.commit)
        guard let bytes else { throw .unavailable(detail: "the staged bytes are gone") }
        return try state.withLock { (state) throws(StoreError) in
            var old: OriginalRecord?
            if case .present(let record, _) = state.entries[record.id] { old = record }
            guard condition.allows(old.map { .present($0) }) else { throw .conditionFailed }
            if let old, old.digest == record.digest { return .unchanged(old) }
            let outcome =
                old.map { .replaced($0) } ?? (state.entries[record.id] == nil ? CommitOutcome.created : .recreated)
            state.entries[record.id] = .present(record, bytes)
            return outcome
        }
    }

    package func delete(
        _ id: OriginalID, if condition: WriteCondition
    ) async throws(StoreError) -> OriginalRecord? {
        try await begin(.delete)
        return try state.withLock { (state) throws(StoreError) -> OriginalRecord? in
            guard case .present(let record, _) = state.entries[id] else {
                guard condition.allows(nil) else { throw .conditionFailed }
                return nil
            }
            guard condition.allows(.present(record)) else { throw .conditionFailed }
            state.entries[id] = .deleted
            return record
        }
    }

    package func list(after: OriginalID?, limit: Int) async throws(StoreError) -> [OriginalRecord] {
        try await begin(.list)
        let records = state.withLock { state in
            state.entries.values.compactMap { if case .present(let record, _) = $0 { record } else { nil } }
        }
        let rest = records.filter { record in after.map { $0 < record.id } ?? true }
        return Array(rest.sorted { $0.id < $1.id }.prefix(limit))
    }

    package func check() async throws(StoreError) { try await begin(.check) }

    fileprivate func begin(_ step: Step) async throws(StoreError) {
        let (failure, act) = state.withLock { state in
            state.counts[step, default: 0] += 1
            return (state.failures[step], state.interjections.removeValue(forKey: step))
        }
        await act?()
        if let failure { throw failure }
    }

    fileprivate func stagedBytesAreGone() { state.withLock { $0.stagedCount -= 1 } }
}

/// Bytes on their way into the store in memory.
private final class MemoryStagedOriginal: StagedOriginal {
    private let store: MemoryOriginalStore
    /// Nil once they are committed or discarded.
    private let staged: Mutex<ByteBuffer?> = Mutex(ByteBuffer())

    init(store: MemoryOriginalStore) { self.store = store }

    func append(_ bytes: ByteBuffer) async throws(StoreError) {
        try await store.begin(.append)
        staged.withLock { _ = $0?.writeImmutableBuffer(bytes) }
    }

    func bytes() async throws(StoreError) -> ByteBuffer {
        try await store.begin(.stagedBytes)
        guard let bytes = staged.withLock({ $0 }) else { throw .unavailable(detail: "the staged bytes are gone") }
        return bytes
    }

    func discard() async { _ = take() }

    func take() -> ByteBuffer? {
        let bytes = staged.withLock { staged -> ByteBuffer? in
            defer { staged = nil }
            return staged
        }
        if bytes != nil { store.stagedBytesAreGone() }
        return bytes
    }
}
