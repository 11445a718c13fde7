import AnysizeCore
import Synchronization

extension DiskCache {
    /// A variant's file as the scan sees it.
    struct Found: Sendable {
        var key: PackedKey
        var charge: Int
        var modified: Int64
    }

    /// Finds the variants of earlier runs, and counts them; run once after the start, in the background. Ends early
    /// when cancelled; then the index stays incomplete, which costs speed and nothing else.
    ///
    /// They enter oldest first, so the oldest go first where the limit is now lower than it was. Files that aren't
    /// variants are removed: nothing else would ever do it. Their contents are checked when they are wanted, not now.
    package func scan() async {
        guard !index.withLock({ $0.isComplete }) else { return }
        var found: [Found] = []
        for group in await threads.read({ self.directories(in: self.directory.variants) }) {
            guard !Task.isCancelled else { return }
            found += await threads.read { self.directories(in: group).flatMap { self.variants(in: $0) } }
        }
        found.sort { $0.modified < $1.modified }
        for start in stride(from: 0, to: found.count, by: Self.scanBatchCount) {
            let batch = found[start..<min(start + Self.scanBatchCount, found.count)]
            let dropped = index.withLock { $0.insertFound(batch) }
            if !dropped.isEmpty { await threads.write { self.removeFiles(of: dropped) } }
        }
        index.withLock { $0.complete() }
    }

    /// A millisecond under the lock, or less.
    private static var scanBatchCount: Int { 1000 }

    // MARK: - Blocking

    private func directories(in path: String) -> [String] {
        names(in: path).compactMap { name in
            let entry = "\(path)/\(name)"
            if name.utf8.count == 2, Hex.decode(name) != nil { return entry }
            removeUnknown(entry)
            return nil
        }
    }

    private func variants(in directory: String) -> [Found] {
        names(in: directory).compactMap { name in
            let entry = "\(directory)/\(name)"
            guard let key = VariantKey(name), path(of: key).file == entry else {
                removeUnknown(entry)
                return nil
            }
            guard let status = try? files.status(of: entry), status.isRegular else { return nil }
            let charge = DiskCacheIndex.charge(forByteCount: status.byteCount)
            return Found(key: PackedKey(key), charge: charge, modified: status.modified)
        }
    }

    /// Directories are left alone; a mount point has a `lost+found`.
    private func removeUnknown(_ path: String) {
        guard let status = try? files.status(of: path), status.isRegular else { return }
        try? files.remove(path)
    }

    private func names(in path: String) -> [String] {
        do {
            return try files.names(in: path)
        } catch {
            count(.unreadable)
            return []
        }
    }
}
