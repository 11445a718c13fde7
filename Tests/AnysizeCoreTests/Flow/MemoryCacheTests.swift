import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeCore

@Suite(.timeLimit(.minutes(1))) struct MemoryCacheTests {
    @Test(arguments: VariantCacheConformance.allCases)
    func `The memory tier is a tier`(_ rule: VariantCacheConformance) async throws {
        try await rule.check(MemoryCache(byteCountMax: 8_000_000))
    }

    @Test(arguments: VariantCacheConformance.allCases)
    func `The tier that other tests use is one too`(_ rule: VariantCacheConformance) async throws {
        try await rule.check(FakeCache())
    }

    @Test func `It never holds more than it may`() async throws {
        let cache = MemoryCache(byteCountMax: 100_000)
        var random = SeededRandom(seed: 1)
        for number in 0..<400 {
            let byteCount = Int.random(in: 1...20_000, using: &random)
            await cache.store(CacheSample.variant(byteCount), for: try CacheSample.key(number % 7, number))
            #expect(cache.usage.byteCount <= 100_000)
            #expect(
                cache.usage.variantCount * MemoryCache.entryOverheadByteCount <= cache.usage.byteCount,
                "what is dropped by the policy is dropped from the variants"
            )
        }
        #expect(cache.usage.variantCount > 5)
    }

    @Test func `A variant too large for it is passed by and takes nothing along`() async throws {
        let cache = MemoryCache(byteCountMax: 100_000)
        await cache.store(CacheSample.variant(1000), for: try CacheSample.key(1))
        await cache.store(CacheSample.variant(90_000), for: try CacheSample.key(2))
        #expect(await cache.find(try CacheSample.key(2)) == nil)
        #expect(await cache.find(try CacheSample.key(1)) != nil)
        #expect(cache.usage.variantCount == 1)
    }

    @Test func `A crawl doesn't push out what is looked at`() async throws {
        let cache = MemoryCache(byteCountMax: 1_000_000)
        for number in 0..<10 { await cache.store(CacheSample.variant(10_000), for: try CacheSample.key(1, number)) }
        for number in 0..<200 {
            for wanted in 0..<10 { _ = await cache.find(try CacheSample.key(1, wanted)) }
            await cache.store(CacheSample.variant(10_000), for: try CacheSample.key(2, number))
        }
        for number in 0..<10 { #expect(cache.peek(try CacheSample.key(1, number)) != nil) }
    }

    @Test func `A tier without room is one that misses`() async throws {
        let cache = MemoryCache(byteCountMax: 0)
        await cache.store(CacheSample.variant(1), for: try CacheSample.key(1))
        #expect(await cache.find(try CacheSample.key(1)) == nil)
        #expect(cache.usage == CacheUsage())
    }
}
