import AnysizeCore
import Synchronization

/// The records in use lately, so that a request needs no disk to know its original.
///
/// Never wrong: a writer puts in what it has made visible, and a reader, who isn't serialised with writers, may only
/// put in what it has read where no writer of that stripe has been here since. Without that the reader could read the
/// old record, the writer replace it and tell the cache, and the reader then put the old one back, for ever.
final class RecordCache: Sendable {
    private let state: Mutex<State>
    private let changes = Atomic<UInt64>(0)

    init(countMax: Int) { state = Mutex(State(countMax: countMax)) }

    func find(_ id: OriginalID) -> StoreEntry? {
        state.withLock { $0.find(id) }
    }

    /// How many changes writers have told of.
    var changeCount: UInt64 { changes.load(ordering: .acquiring) }

    /// To be asked for before the disk is read.
    func generation(of stripe: Int) -> UInt64 {
        state.withLock { $0.generations[stripe] }
    }

    /// Keeps what a reader has found, unless there was a writer meanwhile.
    func insert(_ entry: StoreEntry, for id: OriginalID, stripe: Int, generation: UInt64) {
        state.withLock { state in
            guard state.generations[stripe] == generation else { return }
            state.insert(entry, for: id)
        }
    }

    /// What a writer says, who holds the stripe's lock; nil where the disk must be asked again.
    func replace(_ id: OriginalID, stripe: Int, by entry: StoreEntry?) {
        state.withLock { state in
            state.generations[stripe] += 1
            state.remove(id)
            if let entry { state.insert(entry, for: id) }
        }
        // After the entry: whoever sees the new count must not find the old one.
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Two dictionaries, each up to half of the entries. When the recent one is full it becomes the older one, and the
    /// older one is dropped: what was wanted since the last time stays. Nearly as good as LRU, with nothing to link.
    private struct State {
        let halfCountMax: Int
        var recent: [OriginalID: StoreEntry] = [:]
        var older: [OriginalID: StoreEntry] = [:]
        var generations = Array(repeating: UInt64(0), count: StripedLock.count)

        init(countMax: Int) { halfCountMax = max(1, countMax / 2) }

        mutating func find(_ id: OriginalID) -> StoreEntry? {
            if let entry = recent[id] { return entry }
            guard let entry = older[id] else { return nil }
            insert(entry, for: id)
            return entry
        }

        mutating func insert(_ entry: StoreEntry, for id: OriginalID) {
            if recent.count >= halfCountMax {
                older = recent
                recent = [:]
            }
            recent[id] = entry
        }

        mutating func remove(_ id: OriginalID) {
            recent[id] = nil
            older[id] = nil
        }
    }
}
