/// A tier: it may forget, and it never fails a request. Each fault of its own is a miss and a counter.
package protocol VariantCache: Sendable {
    /// `memory`, `disk` or `redis`: in metrics and in `Cache-Status`.
    var name: String { get }

    /// The variant of that key, checked; nil where there is none or it is not sound.
    func find(_ key: VariantKey) async -> Variant?

    /// The same without waiting: nil also where that isn't possible.
    func peek(_ key: VariantKey) -> Variant?

    /// Whether it has no variant of that key for sure, as far as that is known without waiting.
    func lacks(_ key: VariantKey) -> Bool

    /// Keeps a variant, or doesn't. A key that is there already is left as it is: equal keys mean equal bytes.
    func store(_ variant: Variant, for key: VariantKey) async

    /// Forgets all variants of an original.
    /// - Returns: how many there were.
    func removeAll(of original: OriginalTag) async -> Int

    /// Frees some room on whatever disk it lies on, because originals, which are worth more, found none.
    func giveWay() async

    /// Bytes and variants held, for metrics.
    var usage: CacheUsage { get }
}

extension VariantCache {
    package func peek(_ key: VariantKey) -> Variant? { nil }
    package func lacks(_ key: VariantKey) -> Bool { false }
    package func giveWay() async {}
}

/// How full a tier is.
package struct CacheUsage: Hashable, Sendable {
    package var byteCount: Int
    package var variantCount: Int

    package init(byteCount: Int = 0, variantCount: Int = 0) {
        self.byteCount = byteCount
        self.variantCount = variantCount
    }
}
