import AnysizeCore
import AnysizeTesting
import NIOCore
import Synchronization
import Testing

/// What a node remembers of a store that others write to.
@Suite(.timeLimit(.minutes(1))) struct SharedOriginalStoreTests {
    private let cat = OriginalID("cat")!
    private let base = MemoryOriginalStore()
    private let clock = Shared(NIODeadline.uptimeNanoseconds(1_000_000_000_000))

    private func node(_ feed: FakeFeed? = nil, blindSeconds: Double = 2) -> SharedOriginalStore {
        let store = SharedOriginalStore(base: base, feed: feed, blindSeconds: blindSeconds) { [clock] in clock.value }
        feed?.join(store)
        return store
    }

    private func pass(_ seconds: Double) { clock.change { $0 = $0 + .nanoseconds(Int64(seconds * 1e9)) } }

    @Test(arguments: OriginalStoreConformance.allCases, [true, false])
    func conforms(_ rule: OriginalStoreConformance, hasFeed: Bool) async throws {
        let feed = hasFeed ? FakeFeed() : nil
        let store = SharedOriginalStore(base: MemoryOriginalStore(), feed: feed, blindSeconds: 0.05)
        feed?.join(store)
        try await rule.check(store)
    }

    @Test func `With a feed a record is told for seconds, unless somebody changes it`() async throws {
        let node = node(FakeFeed())
        let record = base.put(cat, SampleBytes.jpeg(seed: 1))
        var count = node.changeCount
        for _ in 0..<9 {
            #expect(try await node.find(cat) == .present(record))
            #expect(node.peek(cat) == .present(record))
            pass(1)
            #expect(node.changeCount != count, "whoever remembers it asks again")
            count = node.changeCount
        }
        #expect(base.count(of: .find) == 1)
        // Of a writer that can't tell anybody, nobody hears.
        base.drop(cat)
        pass(1)
        #expect(try await node.find(cat) == .deleted)
    }

    @Test func `While the store fails what was known is told on, for its time, and never what was heard to change`()
        async throws
    {
        let feed = FakeFeed()
        let node = SharedOriginalStore(base: base, feed: feed, blindSeconds: 2, staleSeconds: 100) { [clock] in
            clock.value
        }
        feed.join(node)
        let record = base.put(cat, SampleBytes.jpeg(seed: 1))
        #expect(try await node.find(cat) == .present(record))
        base.fail(.find, with: .unavailable(detail: "down"))
        pass(50)
        #expect(try await node.find(cat) == .present(record))
        let count = base.count(of: .find)
        for _ in 0..<10 { #expect(try await node.find(cat) == .present(record)) }
        #expect(base.count(of: .find) == count, "it was found failing a moment ago")
        pass(2)
        _ = try await node.find(cat)
        #expect(base.count(of: .find) == count + 1)
        // Only for an original that is known.
        await #expect(throws: StoreError.self) { try await node.find(OriginalID("dog")!) }
        base.fail(.find, with: nil)
        base.drop(cat)
        pass(2)
        #expect(try await node.find(cat) == .deleted)
        base.fail(.find, with: .unavailable(detail: "down"))
        pass(101)
        await #expect(throws: StoreError.self) { try await node.find(cat) }
        base.fail(.find, with: nil)
        _ = try await node.find(cat)
        base.fail(.find, with: .unavailable(detail: "down"))
        node.forget(cat)
        await #expect(throws: StoreError.self) { try await node.find(cat) }
    }

    @Test func `What one node changes no other one tells differently afterwards`() async throws {
        let feed = FakeFeed()
        let nodes = [node(feed), node(feed), node(feed)]
        base.put(cat, SampleBytes.jpeg(seed: 100))
        for seed in 0..<5 {
            let bytes = SampleBytes.jpeg(seed: seed)
            let writer = nodes[seed % 3]
            let counts = nodes.map(\.changeCount)
            let record = try await StoreSample(store: writer).put(cat, bytes).record
            for (node, count) in zip(nodes, counts) {
                #expect(node.changeCount != count)
                #expect(node.peek(cat) == nil)
                #expect(try await node.find(cat) == .present(record))
            }
        }
        _ = try await nodes[1].delete(cat)
        for node in nodes { #expect(try await node.find(cat) == .deleted) }
    }

    @Test func `Without a feed nothing older than the bound is told, and whoever remembers is made to ask again`()
        async throws
    {
        let (here, there) = (node(), node())
        let old = try await StoreSample(store: here).put(cat, SampleBytes.jpeg(seed: 1)).record
        #expect(try await here.find(cat) == .present(old))
        let count = here.changeCount
        let new = try await StoreSample(store: there).put(cat, SampleBytes.jpeg(seed: 2)).record
        pass(1.9)
        #expect(here.peek(cat) == .present(old), "which is what the bound allows")
        #expect(here.changeCount != count)
        pass(0.1)
        #expect(here.peek(cat) == nil)
        #expect(try await here.find(cat) == .present(new))
    }

    @Test func `A feed that has missed something counts as none until it is well, and then begins anew`() async throws {
        let feed = FakeFeed()
        let (here, there) = (node(feed), node())
        let old = base.put(cat, SampleBytes.jpeg(seed: 1))
        #expect(try await here.find(cat) == .present(old))
        pass(5)
        feed.turn(.blind)
        #expect(here.peek(cat) == nil, "it was read too long ago for a blind node")
        #expect(try await here.find(cat) == .present(old))
        // The feed tells nobody of this one.
        let new = try await StoreSample(store: there).put(cat, SampleBytes.jpeg(seed: 2)).record
        feed.turn(.current(era: 2))
        pass(2)
        #expect(here.peek(cat) == nil)
        #expect(try await here.find(cat) == .present(new))
        pass(9)
        #expect(here.peek(cat) == .present(new))
    }

    @Test func `A look-up that a change overtakes leaves nothing behind`() async throws {
        let feed = FakeFeed()
        let (here, there) = (node(feed), node(feed))
        base.put(cat, SampleBytes.jpeg(seed: 1))
        let (base, cat) = (base, cat)
        // The base's answer is made after this, so what it gives is right; what matters is that it isn't kept.
        base.before(.find) { _ = try? await there.delete(cat) }
        _ = try await here.find(cat)
        #expect(here.peek(cat) == nil)
        #expect(try await here.find(cat) == .deleted)
        #expect(here.peek(cat) == .deleted)
    }

    @Test func `A write that failed may have happened, and is told of`() async throws {
        let feed = FakeFeed()
        let (here, there) = (node(feed), node(feed))
        base.put(cat, SampleBytes.jpeg(seed: 1))
        _ = try await there.find(cat)
        base.fail(.commit, with: .unavailable(detail: "cut off"))
        await #expect(throws: StoreError.self) {
            try await StoreSample(store: here).put(cat, SampleBytes.jpeg(seed: 2))
        }
        #expect(there.peek(cat) == nil)
        #expect(feed.announced == [cat])
    }

    @Test func `The first original of an id is news to nobody, and what comes after it is`() async throws {
        let feed = FakeFeed()
        let sample = StoreSample(store: node(feed))
        #expect(try await sample.put(cat, SampleBytes.jpeg(seed: 1)).outcome == .created)
        #expect(feed.announced.isEmpty)
        // The node that stored it first may have died before it could tell anybody of what it replaced.
        #expect(try await sample.put(cat, SampleBytes.jpeg(seed: 1)).outcome.isNew == false)
        _ = try await sample.put(cat, SampleBytes.jpeg(seed: 2))
        _ = try await sample.store.delete(cat)
        #expect(try await sample.put(cat, SampleBytes.jpeg(seed: 3)).outcome == .recreated)
        #expect(feed.announced == [cat, cat, cat, cat])
    }

    @Test func `Bytes that are gone take the record along`() async throws {
        let node = node(FakeFeed())
        let record = base.put(cat, SampleBytes.jpeg(seed: 1))
        _ = try await node.find(cat)
        base.put(cat, SampleBytes.jpeg(seed: 2))
        await #expect(throws: StoreError.missing) { try await node.read(record) }
        #expect(node.peek(cat) == nil)
    }

    @Test func `Records in memory are bounded`() async throws {
        let store = SharedOriginalStore(base: base, feed: FakeFeed(), blindSeconds: 1, recordCountMax: 10)
        for number in 0..<100 {
            let id = try #require(OriginalID("id-\(number)"))
            base.put(id, SampleBytes.jpeg(seed: number))
            _ = try await store.find(id)
        }
        let known = (0..<100).count { store.peek(OriginalID("id-\($0)")!) != nil }
        #expect((5...10).contains(known))
    }
}

/// Nodes of one process that hear of each other at once.
private final class FakeFeed: ChangeFeed {
    private struct State {
        var standing = FeedStanding.current(era: 1)
        var nodes: [SharedOriginalStore] = []
        var announced: [OriginalID] = []
    }

    private let state = Mutex(State())

    var standing: FeedStanding { state.withLock { $0.standing } }
    var announced: [OriginalID] { state.withLock { $0.announced } }

    func join(_ node: SharedOriginalStore) { state.withLock { $0.nodes.append(node) } }
    func turn(_ standing: FeedStanding) { state.withLock { $0.standing = standing } }

    func announce(_ id: OriginalID, gone: OriginalTag?) async {
        let nodes = state.withLock { state in
            state.announced.append(id)
            return state.nodes
        }
        for node in nodes { node.forget(id) }
    }
}
