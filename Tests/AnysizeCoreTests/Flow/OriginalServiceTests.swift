import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct OriginalServiceTests {
    private let cat = OriginalID("cat")!
    private let bytes = SampleBytes.jpeg()

    @Test(arguments: OriginalStoreConformance.allCases)
    func `The store that other tests use is a store`(_ rule: OriginalStoreConformance) async throws {
        try await rule.check(MemoryOriginalStore())
    }

    @Test func `An original's bytes come with its record`() async throws {
        let flow = TestFlow()
        let stored = flow.store.put(cat, bytes)
        let (record, found) = try await flow.originals.bytes(cat)
        #expect(record == stored)
        #expect(found == bytes)
    }

    @Test func `Replaced between record and bytes, the new ones are given`() async throws {
        let flow = TestFlow()
        let store = flow.store
        store.put(cat, bytes)
        let new = SampleBytes.jpeg(seed: 2)
        store.before(.read) { [cat] in store.put(cat, new) }
        let (record, found) = try await flow.originals.bytes(cat)
        #expect(record.digest == Digest(of: new))
        #expect(found == new)
    }

    @Test func `Deleted between record and bytes, it is gone`() async throws {
        let flow = TestFlow()
        let store = flow.store
        store.put(cat, bytes)
        store.before(.read) { [cat] in store.drop(cat) }
        #expect(await failure { _ = try await flow.originals.bytes(cat) } == "deletedOriginal")
    }

    @Test func `A deletion tells what was there, once`() async throws {
        let flow = TestFlow()
        let stored = flow.store.put(cat, bytes)
        let key = try #require(VariantKey("\(OriginalTag(stored.digest))\(String(repeating: "0", count: 40))"))
        await flow.disk.store(CacheSample.variant(10), for: key)
        let (record, variants) = try await flow.originals.delete(cat)
        #expect(record == stored)
        #expect(variants == ["memory": 0, "disk": 1])
        #expect(await failure { _ = try await flow.originals.delete(cat) } == "deletedOriginal")
        #expect(await failure { _ = try await flow.originals.record(cat) } == "deletedOriginal")
    }

    @Test func `What was never there can't be deleted`() async throws {
        let flow = TestFlow()
        #expect(await failure { _ = try await flow.originals.delete(cat) } == "unknownOriginal")
    }

    @Test func `A deletion that fails leaves variants and original`() async throws {
        let flow = TestFlow()
        let stored = flow.store.put(cat, bytes)
        flow.store.fail(.delete, with: .unavailable(detail: "down"))
        #expect(await failure { _ = try await flow.originals.delete(cat) } == "storeFailed")
        #expect(flow.disk.count(of: .remove) == 0)
        #expect(try await flow.originals.record(cat) == stored)
    }

    @Test func `A page holds what comes after an id`() async throws {
        let flow = TestFlow()
        for name in ["b", "a", "c"] { flow.store.put(OriginalID(name)!, SampleBytes.jpeg(seed: 1)) }
        func page(_ after: String?, _ limit: Int) async throws -> [String] {
            try await flow.originals.list(after: after.flatMap { OriginalID($0) }, limit: limit).map(\.id.description)
        }
        #expect(try await page(nil, 2) == ["a", "b"])
        #expect(try await page("b", 2) == ["c"])
        flow.store.fail(.list, with: .unavailable(detail: "down"))
        #expect(await failure { _ = try await page(nil, 2) } == "storeFailed")
    }
}
