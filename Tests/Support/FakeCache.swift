package import AnysizeCore
import Synchronization

/// A tier that forgets nothing, counts what is asked of it, and lets a test step in before a variant is given out or kept.
package final class FakeCache: VariantCache {
    /// What can be asked of a tier.
    package enum Step: Hashable, Sendable {
        case find, store, remove, giveWay
    }

    private struct State {
        var variants: [VariantKey: Variant] = [:]
        var counts: [Step: Int] = [:]
        var canPeek = false
        var interjections: [Step: @Sendable () async -> Void] = [:]
    }

    package let name: String
    private let state = Mutex(State())

    package init(name: String = "disk") { self.name = name }

    /// How often a step was asked for.
    package func count(of step: Step) -> Int { state.withLock { $0.counts[step] ?? 0 } }

    /// Does something right before a step's answer or effect, once.
    package func before(_ step: Step, _ act: @escaping @Sendable () async -> Void) {
        state.withLock { $0.interjections[step] = act }
    }

    package var keys: Set<VariantKey> { state.withLock { Set($0.variants.keys) } }

    package var usage: CacheUsage {
        state.withLock { state in
            let count = state.variants.values.reduce(0) { $0 + $1.byteCount }
            return CacheUsage(byteCount: count, variantCount: state.variants.count)
        }
    }

    package func find(_ key: VariantKey) async -> Variant? {
        // The variant is in hand before the test steps in, as bytes that are being read from a disk are.
        let variant = state.withLock { $0.variants[key] }
        await begin(.find)
        return variant
    }

    package func peek(_ key: VariantKey) -> Variant? {
        state.withLock { $0.canPeek ? $0.variants[key] : nil }
    }

    package func lacks(_ key: VariantKey) -> Bool { state.withLock { $0.variants[key] == nil } }

    /// Has it give what it has without waiting, from now on.
    package func allowPeeks() { state.withLock { $0.canPeek = true } }

    package func store(_ variant: Variant, for key: VariantKey) async {
        await begin(.store)
        state.withLock { if $0.variants[key] == nil { $0.variants[key] = variant } }
    }

    package func removeAll(of original: OriginalTag) async -> Int {
        await begin(.remove)
        return state.withLock { state in
            let keys = state.variants.keys.filter { $0.belongs(to: original) }
            for key in keys { state.variants[key] = nil }
            return keys.count
        }
    }

    package func giveWay() async { await begin(.giveWay) }

    private func begin(_ step: Step) async {
        let act = state.withLock { state in
            state.counts[step, default: 0] += 1
            return state.interjections.removeValue(forKey: step)
        }
        await act?()
    }
}
