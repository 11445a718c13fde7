package import NIOCore
import Synchronization

/// A store that other nodes write to as well, with the records in use lately in memory, so that a hit asks nobody.
///
/// What is remembered of an original may be told again in two cases: for `currentSeconds` while the feed has missed nothing since it
/// was read, for then any change would have been heard of before it was acknowledged; and without such a feed for `blindSeconds`,
/// which is how long a replaced or deleted original may still be served then. The first of the two is bounded as well because a node
/// may be able to write to the store and not to tell anybody.
///
/// While the store itself can't be asked, what is remembered holds for `staleSeconds`: nobody replaces anything in a store that
/// is down, and a node that alone can't reach it is better behind than of no use. What was heard to have changed isn't remembered.
package final class SharedOriginalStore: OriginalStore {
    private let base: any OriginalStore
    private let feed: (any ChangeFeed)?
    private let current: TimeAmount
    private let blind: TimeAmount
    private let stale: TimeAmount
    private let now: @Sendable () -> NIODeadline
    private let state: Mutex<State>
    private let changes = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - base: the store itself, which remembers nothing.
    ///   - feed: nil where nodes have no way to one another.
    ///   - currentSeconds: above 0, as the other.
    ///   - staleSeconds: how old a record may be that is told while the store fails.
    ///   - recordCountMax: how many records are kept in memory, each about 1 KB.
    package init(
        base: any OriginalStore, feed: (any ChangeFeed)?, currentSeconds: Double = 10, blindSeconds: Double,
        staleSeconds: Double = 0, recordCountMax: Int = 10_000, now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.base = base
        self.feed = feed
        self.now = now
        current = .nanoseconds(Int64(currentSeconds * 1e9))
        blind = .nanoseconds(Int64(blindSeconds * 1e9))
        stale = .nanoseconds(Int64(staleSeconds * 1e9))
        state = Mutex(State(halfCountMax: max(1, recordCountMax / 2)))
    }

    package func find(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        if let entry = peek(id) { return entry }
        guard let old = staleEntry(id) else { return try await look(id) }
        // Somebody else has just found it failing, or finds out right now.
        guard isWorthAsking() else { return old }
        do throws(StoreError) {
            let found = try await quickLook(id)
            state.withLock { $0.failing = nil }
            return found
        } catch {
            guard case .unavailable = error, let old = staleEntry(id) else { throw error }
            state.withLock { $0.failing = now() + Self.pause }
            return old
        }
    }

    private func look(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        let ticket = state.withLock { $0.begin(id) }
        // Both before the look: what is learned is as old as that.
        let (era, started) = (era, now())
        let entry: StoreEntry?
        do throws(StoreError) { entry = try await base.find(id) } catch {
            state.withLock { $0.end(id, ticket, nil) }
            throw error
        }
        let known = entry.map { Known(entry: $0, era: era, since: started) }
        state.withLock { $0.end(id, ticket, known) }
        return entry
    }

    /// Gives a store up sooner than it does itself: there is something else to tell.
    private func quickLook(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        let result = await withTaskGroup(of: Result<StoreEntry?, StoreError>?.self) { group in
            group.addTask {
                do throws(StoreError) { return .success(try await self.look(id)) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let result else { throw .unavailable(detail: "the store didn't answer in time") }
        return try result.get()
    }

    private func staleEntry(_ id: OriginalID) -> StoreEntry? {
        guard let known = state.withLock({ $0.find(id) }), now() - known.since < stale else { return nil }
        return known.entry
    }

    /// False for a moment after the store has failed, and while another asks whether it still does.
    private func isWorthAsking() -> Bool {
        let now = now()
        return state.withLock { state in
            guard let failing = state.failing else { return true }
            guard now >= failing else { return false }
            state.failing = now + Self.pause
            return true
        }
    }

    /// How long a store that was found failing is left alone by those who know what they would ask it.
    private static let pause = TimeAmount.seconds(1)
    private static let patience = Duration.milliseconds(500)

    package func peek(_ id: OriginalID) -> StoreEntry? {
        guard let known = state.withLock({ $0.find(id) }) else { return nil }
        let age = now() - known.since
        if age < blind { return known.entry }
        guard age < current, let era, known.era == era else { return nil }
        return known.entry
    }

    /// Also another number twenty times within the time that records are trusted for: what was looked up before must be looked up
    /// again.
    package var changeCount: UInt64 {
        let count = changes.load(ordering: .acquiring)
        let era = era
        let span = era == nil ? blind : current
        let tick = now().uptimeNanoseconds / UInt64(max(1, span.nanoseconds / 20))
        // 10, 34 and 20 bits.
        return ((era ?? 0) & 0x3ff) << 54 | (tick & 0x3_ffff_ffff) << 20 | (count & 0xf_ffff)
    }

    package func read(_ record: OriginalRecord) async throws(StoreError) -> ByteBuffer {
        do throws(StoreError) { return try await base.read(record) } catch {
            // Known here, gone there: whoever asks again must not be told the same.
            if case .missing = error { forget(record.id) }
            throw error
        }
    }

    package func stage() async throws(StoreError) -> any StagedOriginal { try await base.stage() }

    package func commit(
        _ staged: any StagedOriginal, as record: OriginalRecord, if condition: WriteCondition
    ) async throws(StoreError) -> CommitOutcome {
        try await changing(record.id) { () throws(StoreError) in
            try await base.commit(staged, as: record, if: condition)
        } news: {
            switch $0 {
            // That there is none is nothing that anybody remembers.
            case .created: nil
            // Those who changed nothing may be here because the node that did could tell nobody.
            case .recreated, .unchanged: News(gone: nil)
            case .replaced(let old): News(gone: OriginalTag(old.digest))
            }
        }
    }

    package func delete(_ id: OriginalID, if condition: WriteCondition) async throws(StoreError) -> OriginalRecord? {
        try await changing(id) { () throws(StoreError) in
            try await base.delete(id, if: condition)
        } news: {
            News(gone: $0.map { OriginalTag($0.digest) })
        }
    }

    package func list(after: OriginalID?, limit: Int) async throws(StoreError) -> [OriginalRecord] {
        try await base.list(after: after, limit: limit)
    }

    package func check() async throws(StoreError) { try await base.check() }

    /// Forgets what is known of an original, also what is being looked up right now. For the feed, when it hears of a change.
    package func forget(_ id: OriginalID) {
        state.withLock { $0.remove(id) }
        // After the record: whoever sees the new count must not find the old one.
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Makes a change, and tells of it also where it failed: it may have been made all the same.
    private func changing<Value: Sendable>(
        _ id: OriginalID, _ work: () async throws(StoreError) -> Value, news: (Value) -> News?
    ) async throws(StoreError) -> Value {
        do throws(StoreError) {
            let value = try await work()
            if let news = news(value) { await tell(id, gone: news.gone) } else { forget(id) }
            return value
        } catch {
            if case .conditionFailed = error { forget(id) } else { await tell(id, gone: nil) }
            throw error
        }
    }

    private func tell(_ id: OriginalID, gone: OriginalTag?) async {
        forget(id)
        await feed?.announce(id, gone: gone)
        // Whoever looked here between the change and the announcement has seen the new one; nothing older can have come back.
    }

    private var era: UInt64? {
        guard case .current(let era) = feed?.standing else { return nil }
        return era
    }
}

extension SharedOriginalStore {
    /// Of a change, for other nodes.
    private struct News {
        /// Whose variants nobody needs any more.
        let gone: OriginalTag?
    }

    private struct Known {
        let entry: StoreEntry
        /// In which it was read; nil where the feed was blind.
        let era: UInt64?
        let since: NIODeadline
    }

    /// Two dictionaries, each up to half of the entries. When the recent one is full it becomes the older one, and the older one is
    /// dropped: what was wanted since the last time stays.
    private struct State {
        let halfCountMax: Int
        var recent: [OriginalID: Known] = [:]
        var older: [OriginalID: Known] = [:]
        /// Look-ups under way, by id: how many, and a number that changes with each change of the original, since what they bring
        /// back is then of the past.
        var lookUps: [OriginalID: (count: Int, version: UInt64)] = [:]

        /// When the store is asked again after it has failed.
        var failing: NIODeadline?

        init(halfCountMax: Int) { self.halfCountMax = halfCountMax }

        mutating func begin(_ id: OriginalID) -> UInt64 {
            lookUps[id, default: (0, 0)].count += 1
            return lookUps[id]?.version ?? 0
        }

        mutating func end(_ id: OriginalID, _ version: UInt64, _ known: Known?) {
            guard let lookUp = lookUps[id] else { return }
            if lookUp.count == 1 { lookUps[id] = nil } else { lookUps[id]?.count -= 1 }
            guard lookUp.version == version, let known else { return }
            // Of two look-ups the one that ends first may be the younger one.
            if let present = find(id), present.since > known.since { return }
            insert(known, for: id)
        }

        mutating func find(_ id: OriginalID) -> Known? {
            if let known = recent[id] { return known }
            guard let known = older[id] else { return nil }
            insert(known, for: id)
            return known
        }

        mutating func insert(_ known: Known, for id: OriginalID) {
            if recent.count >= halfCountMax {
                older = recent
                recent = [:]
            }
            recent[id] = known
        }

        mutating func remove(_ id: OriginalID) {
            recent[id] = nil
            older[id] = nil
            lookUps[id]?.version += 1
        }
    }
}
