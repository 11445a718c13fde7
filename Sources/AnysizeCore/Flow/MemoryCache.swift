import Synchronization

/// The memory tier: variants whole, bounded by bytes, and resistant to scans, since one crawler must not push out what
/// everybody looks at.
package final class MemoryCache: VariantCache {
    package static let tierName = "memory"
    package let name = tierName

    private struct State {
        var policy: S3FIFO<VariantKey>
        var variants: [VariantKey: Resident] = [:]
    }

    /// A variant in memory. Whoever may ask for it again soon can keep a weak reference: it is gone when the variant is dropped.
    package final class Resident: Sendable {
        package let variant: Variant

        fileprivate init(_ variant: Variant) { self.variant = variant }
    }

    /// What an entry takes besides its bytes: key, dictionary slots, buffer header.
    static let entryOverheadByteCount = 512

    private let state: Mutex<State>

    package init(byteCountMax: Int) { state = Mutex(State(policy: S3FIFO(byteCountMax: byteCountMax))) }

    package var usage: CacheUsage {
        state.withLock { CacheUsage(byteCount: $0.policy.byteCount, variantCount: $0.variants.count) }
    }

    package func find(_ key: VariantKey) async -> Variant? { peek(key) }

    package func peek(_ key: VariantKey) -> Variant? { resident(key)?.variant }

    package func lacks(_ key: VariantKey) -> Bool { state.withLock { $0.variants[key] == nil } }

    /// For callers on an event loop, as what follows.
    package func resident(_ key: VariantKey) -> Resident? {
        state.withLock { state in
            guard let resident = state.variants[key] else { return nil }
            state.policy.touch(key)
            return resident
        }
    }

    package func store(_ variant: Variant, for key: VariantKey) async { keep(variant, for: key) }

    /// Likewise.
    package func keep(_ variant: Variant, for key: VariantKey) {
        // Released after the lock is: freeing buffers of megabytes takes its time.
        let dropped = state.withLock { state -> [Resident?] in
            guard state.variants[key] == nil else { return [] }
            state.variants[key] = Resident(variant)
            return state.policy.insert(key, byteCount: variant.byteCount + Self.entryOverheadByteCount)
                .map { state.variants.removeValue(forKey: $0) }
        }
        _ = dropped
    }

    package func remove(_ key: VariantKey) {
        let dropped = state.withLock { state in
            _ = state.policy.remove(key)
            return state.variants.removeValue(forKey: key)
        }
        _ = dropped
    }

    package func removeAll(of original: OriginalTag) async -> Int {
        // All keys are looked at: deletions are rare, and an index by original would cost each insertion.
        let dropped = state.withLock { state in
            state.variants.keys.filter { $0.belongs(to: original) }.map { key in
                _ = state.policy.remove(key)
                return state.variants.removeValue(forKey: key)
            }
        }
        return dropped.count
    }
}
