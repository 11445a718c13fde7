import AnysizeCore

/// Which requests have been answered from a tier, and with what, bounded by bytes. The pictures themselves aren't here: they are
/// in the memory tier, and go when it lets them go.
struct HitTable {
    /// What is known of one target.
    private struct Entry {
        var isNegotiated: Bool
        /// One; or, where it is negotiated, one for each value of `Accept` that was seen.
        var hits: [KnownHit]
    }

    /// What an entry takes beside its texts.
    private static let overheadByteCount = 1000
    /// Browsers send few; whoever sends more is answered by the router.
    private static let hitCountMax = 8

    private var policy: S3FIFO<String>
    private var entries: [String: Entry] = [:]

    init(byteCountMax: Int) { policy = S3FIFO(byteCountMax: byteCountMax) }

    var count: Int { entries.count }

    func find(_ request: HitRequest) -> KnownHit? {
        guard let entry = entries[request.target] else { return nil }
        guard entry.isNegotiated else { return entry.hits.first }
        return entry.hits.first { $0.accept == request.accept }
    }

    /// Puts a hit in the place of what was known for the same request.
    mutating func put(_ hit: KnownHit, for request: HitRequest, isNegotiated: Bool) {
        var entry = entries.removeValue(forKey: request.target) ?? Entry(isNegotiated: isNegotiated, hits: [])
        if entry.isNegotiated != isNegotiated { entry = Entry(isNegotiated: isNegotiated, hits: []) }
        entry.hits.removeAll { !isNegotiated || $0.accept == hit.accept }
        if entry.hits.count == Self.hitCountMax { entry.hits.removeFirst() }
        entry.hits.append(hit)
        entries[request.target] = entry
        let byteCount =
            Self.overheadByteCount + request.target.utf8.count + entry.hits.reduce(0) { $0 + $1.byteCount }
        for dropped in policy.insert(request.target, byteCount: byteCount) { entries[dropped] = nil }
    }

    /// Notes that a hit was wanted; it needn't be told of each time.
    mutating func touch(_ request: HitRequest) { policy.touch(request.target) }

    mutating func remove(_ request: HitRequest) {
        guard entries.removeValue(forKey: request.target) != nil else { return }
        _ = policy.remove(request.target)
    }
}
