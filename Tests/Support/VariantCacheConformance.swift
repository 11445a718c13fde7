package import AnysizeCore
import NIOCore
import Testing

/// What every ``VariantCache`` must do. An adapter's tests run each case with an empty tier of its own, of at least 8
/// MB:
///
///     @Test(arguments: VariantCacheConformance.allCases)
///     func conforms(_ rule: VariantCacheConformance) async throws { try await rule.check(makeCache()) }
package enum VariantCacheConformance: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case missesAtFirst = "misses at first, and holds nothing"
    case givesBackWhatWasStored = "gives back what was stored, of any size and format"
    case keepsKeysApart = "keeps keys apart that differ in one digit"
    case leavesWhatIsThere = "leaves what is there as it is"
    case removesAnOriginalsVariants = "removes all variants of an original and no others"
    case storesAgain = "takes a variant again after it was removed"
    case agreesWithItselfUnderLoad = "gives the right bytes or none while many read, write and remove"

    package var testDescription: String { rawValue }

    /// - Parameter countsItself: whether the tier knows how full it is.
    package func check(_ cache: any VariantCache, countsItself: Bool = true) async throws {
        let sample = CacheSample(cache: cache, countsItself: countsItself)
        switch self {
        case .missesAtFirst: try await sample.missesAtFirst()
        case .givesBackWhatWasStored: try await sample.givesBackWhatWasStored()
        case .keepsKeysApart: try await sample.keepsKeysApart()
        case .leavesWhatIsThere: try await sample.leavesWhatIsThere()
        case .removesAnOriginalsVariants: try await sample.removesAnOriginalsVariants()
        case .storesAgain: try await sample.storesAgain()
        case .agreesWithItselfUnderLoad: try await sample.agreesWithItselfUnderLoad()
        }
    }
}

/// A tier and short ways to use it.
package struct CacheSample: Sendable {
    package let cache: any VariantCache
    package let countsItself: Bool

    package init(cache: any VariantCache, countsItself: Bool = true) {
        self.cache = cache
        self.countsItself = countsItself
    }

    /// The tag of the n-th original.
    package static func tag(_ original: Int) -> OriginalTag {
        OriginalTag(Digest(of: ByteBuffer(string: "original \(original)")))
    }

    /// The n-th key of an original.
    package static func key(_ original: Int, _ number: Int = 0) throws -> VariantKey {
        let rest = String(number, radix: 16)
        return try #require(VariantKey("\(tag(original))\(String(repeating: "0", count: 40 - rest.count))\(rest)"))
    }

    package static func variant(_ byteCount: Int, seed: Int = 0, _ format: ImageFormat = .webp) -> Variant {
        Variant(bytes: SampleBytes.make(byteCount, seed: seed), format: format)
    }
}

extension CacheSample {
    fileprivate func missesAtFirst() async throws {
        #expect(await cache.find(try Self.key(1)) == nil)
        #expect(cache.peek(try Self.key(1)) == nil)
        #expect(await cache.removeAll(of: Self.tag(1)) == 0)
        #expect(cache.usage == CacheUsage())
        #expect(!cache.name.isEmpty)
    }

    fileprivate func givesBackWhatWasStored() async throws {
        let sizes = [1, 2, 47, 48, 49, 4047, 4048, 4049, 4096, 65_535, 65_536, 300_000]
        for (number, size) in sizes.enumerated() {
            let format = ImageFormat.allCases[number % ImageFormat.allCases.count]
            await cache.store(Self.variant(size, seed: number, format), for: try Self.key(1, number))
        }
        for (number, size) in sizes.enumerated() {
            let format = ImageFormat.allCases[number % ImageFormat.allCases.count]
            let found = await cache.find(try Self.key(1, number))
            #expect(found == Self.variant(size, seed: number, format), "\(size) bytes")
            // Without waiting there may be nothing, but nothing else.
            let known = cache.peek(try Self.key(1, number))
            #expect(known == nil || known == found)
        }
        #expect(!countsItself || cache.usage.variantCount == sizes.count)
        #expect(!countsItself || cache.usage.byteCount >= sizes.reduce(0, +))
    }

    fileprivate func keepsKeysApart() async throws {
        await cache.store(Self.variant(100, seed: 1), for: try Self.key(1, 1))
        #expect(await cache.find(try Self.key(1, 2)) == nil)
        await cache.store(Self.variant(100, seed: 2), for: try Self.key(1, 2))
        #expect(await cache.find(try Self.key(1, 1)) == Self.variant(100, seed: 1))
        #expect(await cache.find(try Self.key(1, 2)) == Self.variant(100, seed: 2))
    }

    fileprivate func leavesWhatIsThere() async throws {
        let key = try Self.key(1)
        await cache.store(Self.variant(1000), for: key)
        let usage = cache.usage
        await cache.store(Self.variant(1000), for: key)
        #expect(cache.usage == usage)
        #expect(await cache.find(key) == Self.variant(1000))
    }

    fileprivate func removesAnOriginalsVariants() async throws {
        for original in 1...3 {
            for number in 0..<5 { await cache.store(Self.variant(100), for: try Self.key(original, number)) }
        }
        #expect(await cache.removeAll(of: Self.tag(2)) == 5)
        for original in 1...3 {
            for number in 0..<5 {
                #expect((await cache.find(try Self.key(original, number)) != nil) == (original != 2))
            }
        }
        #expect(!countsItself || cache.usage.variantCount == 10)
        #expect(await cache.removeAll(of: Self.tag(2)) == 0)
    }

    fileprivate func storesAgain() async throws {
        let key = try Self.key(1)
        for _ in 0..<3 {
            await cache.store(Self.variant(5000), for: key)
            #expect(await cache.find(key) == Self.variant(5000))
            #expect(await cache.removeAll(of: Self.tag(1)) == 1)
            #expect(await cache.find(key) == nil)
            #expect(cache.usage == CacheUsage())
        }
    }

    fileprivate func agreesWithItselfUnderLoad() async throws {
        let cache = cache
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<40 {
                        let number = (task * 7 + round * 3) % 10
                        let key = try Self.key(number % 3, number)
                        let variant = Self.variant(3000 + number, seed: number)
                        await cache.store(variant, for: key)
                        if let found = await cache.find(key) { #expect(found == variant) }
                        if round % 10 == 9 { _ = await cache.removeAll(of: Self.tag(task % 3)) }
                    }
                }
            }
            try await group.waitForAll()
        }
        for original in 0..<3 { _ = await cache.removeAll(of: Self.tag(original)) }
        #expect(cache.usage == CacheUsage(), "what is counted is what is there")
    }
}
