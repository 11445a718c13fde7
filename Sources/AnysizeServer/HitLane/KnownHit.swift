import AnysizeCore
import NIOCore

/// The answers to one request, and what they are answers about. Of one event loop.
final class KnownHit {
    let accept: String?
    let resolved: VariantService.Resolved
    /// The opaque part of the ETag.
    let tag: String
    /// Of a 200 from memory, once one was given.
    let whole: StoredHead?
    /// Of a 200 from the tier of that name behind memory, likewise.
    let slower: (tier: String, head: StoredHead)?
    /// Of a 304, likewise.
    let notModified: StoredHead?
    /// The last second, since 1970, in which these answers may be given; nil for ever.
    let lastSecond: Int?

    /// What was found when it was looked at last. Weak, since how much is in memory is the memory tier's to decide.
    private weak var resident: MemoryCache.Resident?
    private var changeCount: UInt64?
    private var looked = NIODeadline.uptimeNanoseconds(0)

    /// However often a hit is asked for, what decides who may stay in memory learns of it ten times a second at most: it counts
    /// to three, and in the memory tier each time takes a lock that all loops share.
    private static let trust = TimeAmount.milliseconds(100)

    init(
        accept: String?, resolved: VariantService.Resolved, whole: StoredHead?,
        slower: (tier: String, head: StoredHead)? = nil, notModified: StoredHead?, lastSecond: Int? = nil
    ) {
        self.accept = accept
        self.resolved = resolved
        tag = resolved.key.description
        self.whole = whole
        self.slower = slower
        self.notModified = notModified
        self.lastSecond = lastSecond
    }

    var byteCount: Int {
        (whole?.byteCount ?? 0) + (slower?.head.byteCount ?? 0) + (notModified?.byteCount ?? 0)
            + (accept?.utf8.count ?? 0)
    }

    /// Whether answers about the one are answers about the other.
    func isAbout(_ other: VariantService.Resolved) -> Bool {
        resolved.key == other.key && resolved.record.digest == other.record.digest
            && resolved.record.created == other.record.created && resolved.isImmutable == other.isImmutable
    }

    /// How a hit was found to hold.
    enum Standing {
        /// By a look that is recent.
        case known(Variant)
        /// By a new look.
        case seen(Variant)
        /// Its variant isn't in memory.
        case evicted
        /// It doesn't hold: its original was replaced or deleted, or nobody knows at once.
        case gone
    }

    /// Whether the variant is in memory and its original still the current one.
    func standing(_ variants: VariantService, at now: NIODeadline) -> Standing {
        // Asked before the look, so that a change between the two is seen the next time.
        let count = variants.changeCount
        if changeCount == count, now - looked < Self.trust, let resident { return .known(resident.variant) }
        guard variants.isKnownCurrent(resolved) else { return .gone }
        guard let found = variants.resident(resolved) else { return .evicted }
        (resident, changeCount, looked) = (found, count, now)
        return .seen(found.variant)
    }

    /// Whether its original is still the current one.
    func isCurrent(_ variants: VariantService) -> Bool {
        let count = variants.changeCount
        guard changeCount != count else { return true }
        changeCount = variants.isKnownCurrent(resolved) ? count : nil
        return changeCount != nil
    }
}
