import CoreMetrics

/// All tiers of this node as one, fastest first.
package struct TieredCache: Sendable {
    package let tiers: [any VariantCache]

    package init(_ tiers: [any VariantCache]) { self.tiers = tiers }

    /// The variant from the first tier that has it; the tiers before that one get it too.
    package func find(_ key: VariantKey) async -> (variant: Variant, tier: String)? {
        for (index, tier) in tiers.enumerated() {
            guard let variant = await tier.find(key) else {
                FlowMetrics.cacheMisses(tier.name).increment()
                continue
            }
            FlowMetrics.cacheHits(tier.name).increment()
            for faster in tiers[..<index] { await faster.store(variant, for: key) }
            return (variant, tier.name)
        }
        return nil
    }

    /// Forgets an original's variants everywhere.
    /// - Returns: how many each tier had, by its name.
    package func removeAll(of original: OriginalTag) async -> [String: Int] {
        var counts: [String: Int] = [:]
        for tier in tiers { counts[tier.name] = await tier.removeAll(of: original) }
        return counts
    }

    /// Frees some room for originals.
    package func giveWay() async {
        for tier in tiers { await tier.giveWay() }
    }
}
