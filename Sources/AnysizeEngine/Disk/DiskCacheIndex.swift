import AnysizeCore

/// Which variants are on the disk, and which to drop for a new one. A value; its owner guards it.
struct DiskCacheIndex: Sendable {
    private var policy: S3FIFO<PackedKey>
    private let variantCountMax: Int
    /// True once the scan has been through all files: then what isn't here isn't on the disk.
    private(set) var isComplete = false
    /// What was removed while the scan runs, since it may have seen those files before they went.
    private var removedDuringScan: Set<PackedKey> = []
    private var isGivingWay = false

    init(byteCountMax: Int, variantCountMax: Int) {
        policy = S3FIFO(byteCountMax: byteCountMax)
        self.variantCountMax = variantCountMax
    }

    var usage: CacheUsage { CacheUsage(byteCount: policy.byteCount, variantCount: policy.count) }

    /// What a file of so many bytes takes up: whole blocks of 4 KiB.
    static func charge(forByteCount byteCount: Int) -> Int { max(1, (byteCount + 4095) / 4096) * 4096 }

    func contains(_ key: PackedKey) -> Bool { policy.contains(key) }

    /// Whether it is worth opening a file, and if so notes the wish.
    mutating func wants(_ key: PackedKey) -> Bool {
        policy.touch(key) || !isComplete
    }

    /// What speaks against a new file; nil where nothing does.
    func objection(to key: PackedKey, charge: Int) -> DiskCache.Refusal? {
        if policy.contains(key) { return .present }
        if charge > policy.entryByteCountMax { return .fault(.oversize) }
        // As long as the files of the last run aren't counted, only a twentieth may be added to them.
        if !isComplete, policy.byteCount + charge > policy.byteCountMax / 20 { return .fault(.scanning) }
        return nil
    }

    /// Notes a file that is there now.
    /// - Returns: the keys whose files must go for it.
    mutating func insert(_ key: PackedKey, charge: Int) -> [PackedKey] {
        removedDuringScan.remove(key)
        var dropped: [PackedKey] = []
        if policy.count >= variantCountMax, !policy.contains(key) { dropped = policy.evict(byteCount: 1) }
        dropped += policy.insert(key, byteCount: charge)
        remember(dropped)
        return dropped
    }

    /// Notes files that the scan has found, oldest first.
    mutating func insertFound(_ files: ArraySlice<DiskCache.Found>) -> [PackedKey] {
        var dropped: [PackedKey] = []
        for file in files where !policy.contains(file.key) && !removedDuringScan.contains(file.key) {
            dropped += insert(file.key, charge: file.charge)
        }
        return dropped
    }

    mutating func remove(_ key: PackedKey) {
        _ = policy.remove(key)
        remember([key])
    }

    mutating func complete() {
        isComplete = true
        removedDuringScan = []
    }

    /// Drops a twentieth of what there is, if nobody else is about to.
    mutating func beginGivingWay() -> [PackedKey]? {
        guard !isGivingWay else { return nil }
        isGivingWay = true
        let dropped = policy.evict(byteCount: max(1, policy.byteCount / 20))
        remember(dropped)
        return dropped
    }

    mutating func endGivingWay() { isGivingWay = false }

    private mutating func remember(_ removed: [PackedKey]) {
        if !isComplete { removedDuringScan.formUnion(removed) }
    }
}
