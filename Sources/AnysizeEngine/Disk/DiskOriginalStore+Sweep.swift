import AnysizeCore

extension DiskOriginalStore {
    /// Removes bytes that no record names, as a crash leaves them. Run once after each start, in the background; ends
    /// early when cancelled.
    /// - Parameter pause: the rest after each directory, so that requests hardly notice.
    /// - Returns: how many files were removed.
    @discardableResult
    package func sweepOrphans(pause: Duration = .milliseconds(1)) async -> Int {
        var count = 0
        for group in (try? await directoryGroups()) ?? [] {
            let directories = await threads.read { (try? self.directories(in: group)) ?? [] }
            for directory in directories {
                guard !Task.isCancelled else { return count }
                for orphan in await threads.read({ self.likelyOrphans(in: directory) }) {
                    count += await remove(orphan) ? 1 : 0
                }
                try? await Task.sleep(for: pause)
            }
        }
        return count
    }

    /// Removes bytes if no record names them, under the id's lock: bytes of an upload that is being committed have no
    /// record yet either.
    private func remove(_ orphan: Orphan) async -> Bool {
        let place = place(of: orphan.id)
        return await locks.withLock(place.stripe) {
            await threads.write {
                guard self.isOrphan(orphan), (try? self.files.remove(place.bytesPath(orphan.digest))) != nil else {
                    return false
                }
                self.faults.count(.orphan)
                return true
            }
        }
    }

    // MARK: - Blocking

    private func likelyOrphans(in directory: String) -> [Orphan] {
        let names = ((try? files.names(in: directory)) ?? []).compactMap { OriginalFileName($0) }
        return names.compactMap { name in
            guard case .bytes(let id, let digest) = name else { return nil }
            let orphan = Orphan(id: id, digest: digest)
            return isOrphan(orphan) ? orphan : nil
        }
    }

    /// False in doubt: where the record can't be read, its bytes may be all that is left.
    private func isOrphan(_ orphan: Orphan) -> Bool {
        do {
            switch try readRecord(place(of: orphan.id)) {
            case .present(let record): return record.digest != orphan.digest
            case .deleted, nil: return true
            }
        } catch {
            return false
        }
    }
}

/// Bytes and the id they were uploaded for.
private struct Orphan: Sendable {
    var id: OriginalID
    var digest: Digest
}
