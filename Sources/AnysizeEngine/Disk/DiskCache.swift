package import AnysizeCore
package import Metrics
import Synchronization

/// Variants in files of this machine: found again after a restart, checked whole at each read, bounded in bytes and in
/// number.
///
///     variants/<2 hex>/<2 hex>/<key>    begins with the hex; an original's variants share a directory
///
/// A file is written in `staging` and moved into place, so a reader meets it whole or not at all. It isn't flushed:
/// what a power cut tears fails its check and is a miss. The directories aren't counted in the limit, at most 65,536
/// of 4 KiB.
///
/// An index in memory knows which keys are there, so that a miss costs no system call; it is filled by ``scan()``
/// after the start. Until then each look-up asks the disk.
package final class DiskCache: VariantCache {
    package let name = "disk"

    let directory: DataDirectory
    let threads: FileThreads
    let files: FileSystem
    let index: Mutex<DiskCacheIndex>
    private let faults: CacheFaults

    /// Held while a file appears or goes together with its entry in the index, so that neither is ever there for long
    /// without the other: a file that the index doesn't know would take up room until the next start. Taken before the
    /// index's lock, on the write threads only.
    private let changes = Mutex(())

    /// - Parameters:
    ///   - byteCountMax: what the files may take up, in whole blocks. A variant above a quarter of it isn't kept.
    ///   - variantCountMax: each costs about 100 bytes of memory.
    package convenience init(
        directory: DataDirectory, threads: FileThreads, byteCountMax: Int, variantCountMax: Int = 2_000_000,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.init(
            directory: directory, threads: threads, files: FileSystem(), byteCountMax: byteCountMax,
            variantCountMax: variantCountMax, metrics: metrics
        )
    }

    init(
        directory: DataDirectory, threads: FileThreads, files: FileSystem, byteCountMax: Int, variantCountMax: Int,
        metrics: any MetricsFactory
    ) {
        self.directory = directory
        self.threads = threads
        self.files = files
        index = Mutex(DiskCacheIndex(byteCountMax: byteCountMax, variantCountMax: variantCountMax))
        faults = CacheFaults(metrics)
    }

    package var usage: CacheUsage { index.withLock { $0.usage } }

    package func find(_ key: VariantKey) async -> Variant? {
        guard index.withLock({ $0.wants(PackedKey(key)) }) else { return nil }
        if let variant = loadCached(key) { return variant }
        switch await threads.read({ self.load(key) }) {
        case .sound(let variant): return variant
        case .absent(let isFault):
            if isFault { await threads.write { self.forgetVanished(key) } }
        case .unsound(let fault):
            faults.count(fault)
            _ = await threads.write { self.remove(PackedKey(key)) }
        case .unknown: faults.count(.unreadable)
        }
        return nil
    }

    package func peek(_ key: VariantKey) -> Variant? {
        guard index.withLock({ $0.wants(PackedKey(key)) }) else { return nil }
        return loadCached(key)
    }

    package func lacks(_ key: VariantKey) -> Bool {
        index.withLock { $0.isComplete && !$0.contains(PackedKey(key)) }
    }

    package func store(_ variant: Variant, for key: VariantKey) async {
        let charge = DiskCacheIndex.charge(forByteCount: VariantFile.headByteCount + variant.byteCount)
        switch index.withLock({ $0.objection(to: PackedKey(key), charge: charge) }) {
        case .present: return
        case .fault(let fault): faults.count(fault)
        case nil: await threads.write { self.write(variant, for: key, charge: charge) }
        }
    }

    package func removeAll(of original: OriginalTag) async -> Int {
        await threads.write {
            let directory = self.path(of: original.description).directory
            let keys = ((try? self.files.names(in: directory)) ?? []).compactMap { VariantKey($0) }
            return keys.count { $0.belongs(to: original) && self.remove(PackedKey($0)) }
        }
    }

    /// Removes a twentieth of the variants, those wanted least, so that originals find room: for whoever sees the disk
    /// full. Several calls at once do it once.
    package func giveWay() async {
        await threads.write { self.freeSome() }
    }
}

extension DiskCache {
    /// What is read at once, by whoever asks: reading, checking and copying it takes less than the way to another thread and back.
    private static let cachedByteCountMax = 1_000_000

    /// The variant, where its file is sound, small and in the kernel's memory, as files are that were written or read lately;
    /// never waits. Nil in all other cases, which are sorted out on a file thread.
    private func loadCached(_ key: VariantKey) -> Variant? {
        do {
            let file = try files.openCachedFile(path(of: key).file)
            let byteCount = try file.byteCount()
            guard byteCount <= Self.cachedByteCountMax else { return nil }
            return try VariantFile.read(file, byteCount, key: key)
        } catch { return nil }
    }
}

// Blocking; on file threads.
extension DiskCache {
    private enum Load: Sendable {
        case sound(Variant)
        /// A fault where the index knows the key.
        case absent(isFault: Bool)
        case unsound(Fault)
        /// Too many open files, for one: says nothing of the file.
        case unknown
    }

    private func load(_ key: VariantKey) -> Load {
        do {
            let file = try files.openFile(path(of: key).file)
            return try VariantFile.read(file, try file.byteCount(), key: key).map { .sound($0) } ?? .unsound(.damaged)
        } catch {
            if error.isAbsent { return .absent(isFault: index.withLock { $0.contains(PackedKey(key)) }) }
            return error.call == .open ? .unknown : .unsound(.unreadable)
        }
    }

    private func write(_ variant: Variant, for key: VariantKey, charge: Int) {
        let staged = directory.newStagingPath()
        do {
            let file = try files.create(staged)
            try file.append(VariantFile.head(of: variant, key: key))
            try file.append(variant.bytes)
            let dropped = try changes.withLock { (_) throws(FileError) in
                try move(staged, to: key)
                return index.withLock { $0.insert(PackedKey(key), charge: charge) }
            }
            // In the same job, so the limit is exceeded by no more than there are write threads.
            removeFiles(of: dropped)
        } catch {
            try? files.remove(staged)
            faults.count(error.isFull ? .full : .unwritable)
            if error.isFull { freeSome() }
        }
    }

    private func move(_ staged: String, to key: VariantKey) throws(FileError) {
        let path = path(of: key)
        do {
            try files.move(staged, to: path.file)
        } catch let error where error.isAbsent {
            try files.makeDirectory(path.parent)
            try files.makeDirectory(path.directory)
            try files.move(staged, to: path.file)
        }
    }

    /// Removes a variant from the disk and from the index.
    /// - Returns: whether it was there.
    @discardableResult
    private func remove(_ key: PackedKey) -> Bool {
        changes.withLock { _ in
            index.withLock { $0.remove(key) }
            return (try? files.remove(path(of: key.key).file)) != nil
        }
    }

    /// Removes the files of keys that the index has dropped, but for those that have been stored again meanwhile.
    func removeFiles(of keys: [PackedKey]) {
        for key in keys {
            changes.withLock { _ in
                guard !index.withLock({ $0.contains(key) }) else { return }
                try? files.remove(path(of: key.key).file)
            }
        }
    }

    /// Drops a key from the index if its file really is gone.
    private func forgetVanished(_ key: VariantKey) {
        let isGone = changes.withLock { _ in
            let isGone = (try? files.status(of: path(of: key).file)) == nil
            if isGone { index.withLock { $0.remove(PackedKey(key)) } }
            return isGone
        }
        if isGone { faults.count(.vanished) }
    }

    private func freeSome() {
        guard let dropped = index.withLock({ $0.beginGivingWay() }) else { return }
        removeFiles(of: dropped)
        index.withLock { $0.endGivingWay() }
    }

    func path(of key: VariantKey) -> (parent: String, directory: String, file: String) {
        let (parent, directory) = path(of: key.description)
        return (parent, directory, "\(directory)/\(key)")
    }

    /// Of anything that begins like a key.
    private func path(of text: String) -> (parent: String, directory: String) {
        let parent = "\(directory.variants)/\(text.prefix(2))"
        return (parent, "\(parent)/\(text.dropFirst(2).prefix(2))")
    }

    func count(_ fault: Fault) { faults.count(fault) }
}

extension DiskCache {
    /// Why a variant wasn't found or kept that might have been: the reasons of `anysize_cache_faults_total`.
    enum Fault: String, CaseIterable, Sendable {
        /// The file fails its check. It is removed.
        case damaged
        /// The index knew it, but there is no file: somebody else has removed it.
        case vanished
        /// The disk doesn't say what is in the file.
        case unreadable
        /// The file can't be written.
        case unwritable
        /// No room on the disk. Some of the variants are removed.
        case full
        /// Not kept, since the files of the last run are still being counted.
        case scanning
        /// Not kept, since it is more than a quarter of the tier.
        case oversize
    }

    /// What speaks against keeping a variant.
    enum Refusal: Equatable {
        /// It is there.
        case present
        case fault(Fault)
    }
}

private struct CacheFaults: Sendable {
    private let counters: [DiskCache.Fault: Counter]

    init(_ metrics: any MetricsFactory) {
        counters = Dictionary(
            uniqueKeysWithValues: DiskCache.Fault.allCases.map { fault in
                let dimensions = [("tier", "disk"), ("reason", fault.rawValue)]
                return (fault, Counter(label: "anysize_cache_faults_total", dimensions: dimensions, factory: metrics))
            }
        )
    }

    func count(_ fault: DiskCache.Fault) { counters[fault]?.increment() }
}
