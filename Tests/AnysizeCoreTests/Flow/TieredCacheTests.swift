import AnysizeCore
import AnysizeTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct TieredCacheTests {
    private let tiers = [FakeCache(name: "memory"), FakeCache(name: "disk"), FakeCache(name: "redis")]

    @Test func `A hit fills the faster tiers and leaves the slower ones alone`() async throws {
        let cache = TieredCache(tiers)
        let key = try CacheSample.key(1)
        await tiers[1].store(CacheSample.variant(100), for: key)
        let hit = try #require(await cache.find(key))
        #expect(hit.tier == "disk")
        #expect(hit.variant == CacheSample.variant(100))
        #expect(tiers.map(\.usage.variantCount) == [1, 1, 0])
        #expect(tiers.map { $0.count(of: .find) } == [1, 1, 0])
        #expect(await cache.find(key)?.tier == "memory")
    }

    @Test func `A miss asks each tier once and fills none`() async throws {
        let cache = TieredCache(tiers)
        #expect(await cache.find(try CacheSample.key(1)) == nil)
        #expect(tiers.map { $0.count(of: .find) } == [1, 1, 1])
        #expect(tiers.map { $0.count(of: .store) } == [0, 0, 0])
    }

    @Test func `A purge tells what each tier had`() async throws {
        let cache = TieredCache(tiers)
        for (tier, count) in zip(tiers, [1, 2, 0]) {
            for number in 0..<count { await tier.store(CacheSample.variant(100), for: try CacheSample.key(1, number)) }
            await tier.store(CacheSample.variant(100), for: try CacheSample.key(2))
        }
        #expect(await cache.removeAll(of: CacheSample.tag(1)) == ["memory": 1, "disk": 2, "redis": 0])
        #expect(tiers.map(\.usage.variantCount) == [1, 1, 1])
    }

    @Test func `Without tiers everything is a miss`() async throws {
        #expect(await TieredCache([]).find(try CacheSample.key(1)) == nil)
        #expect(await TieredCache([]).removeAll(of: CacheSample.tag(1)).isEmpty)
    }
}
