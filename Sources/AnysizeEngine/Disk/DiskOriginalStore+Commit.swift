package import AnysizeCore
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// Everything that changes what the store holds. The blocking parts run under the id's lock.
extension DiskOriginalStore {
    package func commit(
        _ staged: any StagedOriginal, as record: OriginalRecord, if condition: WriteCondition
    ) async throws(StoreError) -> CommitOutcome {
        guard let staged = staged as? DiskStagedOriginal else {
            preconditionFailure("A store commits only what it has staged itself.")
        }
        let place = place(of: record.id)
        do {
            // Flushing the bytes is most of the work, so it is done before the lock, unless it looks needless.
            let current = (try? await find(record.id)) ?? nil
            if current?.digest != record.digest, condition.allows(current) {
                try await threads.write { () throws(StoreError) in
                    try StoreError.wrapping { () throws(FileError) in try staged.flush() }
                }
            }
            let outcome = try await locks.withLock(place.stripe) { () throws(StoreError) in
                try await threads.write { () throws(StoreError) in
                    try self.commit(staged, as: record, at: place, if: condition)
                }
            }
            await staged.discard()
            return outcome
        } catch {
            await staged.discard()
            throw error
        }
    }

    package func delete(
        _ id: OriginalID, if condition: WriteCondition
    ) async throws(StoreError) -> OriginalRecord? {
        let place = place(of: id)
        return try await locks.withLock(place.stripe) { () throws(StoreError) in
            try await threads.write { () throws(StoreError) in try self.delete(at: place, if: condition) }
        }
    }

    private func commit(
        _ staged: DiskStagedOriginal, as record: OriginalRecord, at place: OriginalPlace, if condition: WriteCondition
    ) throws(StoreError) -> CommitOutcome {
        let current = try entry(at: place, unlessOverwrittenBy: condition)
        guard condition.allows(current) else { throw .conditionFailed }
        if case .present(let old) = current, old.digest == record.digest {
            guard !isSound(old, at: place) else {
                try secure(place)
                return .unchanged(old)
            }
            try putBytes(staged, of: old, at: place, isHealing: true)
            faults.count(.healed)
            return .unchanged(old)
        }
        try putBytes(staged, of: record, at: place, isHealing: false)
        do {
            try replaceRecord(at: place, by: .present(record), entry: .present(record), before: current)
        } catch {
            // Unless a crash could still bring a record to light that names them, see below.
            if !error.mayHaveHappened { try? files.remove(place.bytesPath(record.digest)) }
            throw error.cause
        }
        guard case .present(let old) = current else { return current == nil ? .created : .recreated }
        try? files.remove(place.bytesPath(old.digest))
        return .replaced(old)
    }

    private func delete(at place: OriginalPlace, if condition: WriteCondition) throws(StoreError) -> OriginalRecord? {
        let current = try look(up: place)
        guard condition.allows(current) else { throw .conditionFailed }
        guard case .present(let old) = current else {
            if current == .deleted { try secure(place) }
            return nil
        }
        do {
            try replaceRecord(at: place, by: .deleted(at: Date()), entry: .deleted, before: current)
        } catch {
            throw error.cause
        }
        try? files.remove(place.bytesPath(old.digest))
        return old
    }

    /// What is there before a write. A record that can't be read stops all but an unconditional upload, which mends
    /// the id; like a tombstone it is then replaced and not named as what was replaced.
    private func entry(
        at place: OriginalPlace, unlessOverwrittenBy condition: WriteCondition
    ) throws(StoreError) -> StoreEntry? {
        do {
            return try look(up: place)
        } catch {
            guard case .damaged = error, condition == .always else { throw error }
            return .deleted
        }
    }

    /// Makes sure that what is there is on the disk, where an answer rests on it and nothing else was written: the last
    /// process may have been killed, or its last flush have failed, just before it was.
    private func secure(_ place: OriginalPlace) throws(StoreError) {
        try StoreError.wrapping { () throws(FileError) in
            try makeDirectory(of: place)
            try files.flushDirectory(place.directory)
        }
    }

    /// Whether the bytes are there and right; if not, the same bytes uploaded again take their place.
    private func isSound(_ record: OriginalRecord, at place: OriginalPlace) -> Bool {
        (try? soundBytes(of: record, at: place)) != nil
    }

    /// Steps 1 and 2: after this the bytes survive a power cut, under a name that no record has yet.
    private func putBytes(
        _ staged: DiskStagedOriginal, of record: OriginalRecord, at place: OriginalPlace, isHealing: Bool
    ) throws(StoreError) {
        do {
            guard try staged.byteCount() == record.byteCount else {
                throw StoreError.unavailable(detail: "the staged bytes of \(record.id) are not \(record.byteCount)")
            }
            try staged.flush()
            try makeDirectory(of: place)
            try staged.move(to: place.bytesPath(record.digest))
        } catch let error as FileError {
            forgetDirectory(of: place)
            throw StoreError(error)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable(detail: "\(error)")
        }
        do {
            try files.flushDirectory(place.directory)
        } catch {
            // Bytes put in place of damaged ones have a record already, and are the better ones in any case.
            if !isHealing { try? files.remove(place.bytesPath(record.digest)) }
            throw StoreError(error)
        }
    }

    /// Steps 3 to 5, or nothing.
    ///
    /// The record before keeps a second name in `staging` until all is done. So if the last flush fails, the rename
    /// can be taken back, even where the disk has no room left.
    private func replaceRecord(
        at place: OriginalPlace, by file: OriginalRecordFile, entry: StoreEntry, before: StoreEntry?
    ) throws(RecordWriteError) {
        let path = place.recordPath
        let new = directory.newStagingPath()
        let old = before == nil ? nil : directory.newStagingPath()
        do {
            try write(file, to: new)
            if let old { try StoreError.wrapping { () throws(FileError) in try files.addName(old, to: path) } }
            try StoreError.wrapping { () throws(FileError) in try files.move(new, to: path) }
        } catch {
            try? files.remove(new)
            if let old { try? files.remove(old) }
            throw RecordWriteError(cause: error, mayHaveHappened: false)
        }
        do {
            try files.flushDirectory(place.directory)
        } catch {
            takeBack(path, old: old)
            // A reader may have seen the new record, and kept it.
            records.replace(place.id, stripe: place.stripe, by: nil)
            throw RecordWriteError(cause: StoreError(error), mayHaveHappened: true)
        }
        records.replace(place.id, stripe: place.stripe, by: entry)
        if let old { try? files.remove(old) }
    }

    /// Undoes the rename of a record. If even that fails, the new one stays: as whole as the old one, and its bytes
    /// are kept.
    private func takeBack(_ path: String, old: String?) {
        guard let old else {
            try? files.remove(path)
            return
        }
        do { try files.move(old, to: path) } catch { try? files.remove(old) }
    }

    private func write(_ file: OriginalRecordFile, to path: String) throws(StoreError) {
        let bytes = try file.encoded()
        try StoreError.wrapping { () throws(FileError) in
            let file = try files.create(path)
            try file.append(bytes)
            try file.flush()
        }
    }

    /// Makes sure that the original's directory is there and on the disk.
    private func makeDirectory(of place: OriginalPlace) throws(FileError) {
        guard !durableDirectories.withLock({ $0.contains(place.directoryNumber) }) else { return }
        try files.makeDirectory(place.parent)
        try files.makeDirectory(place.directory)
        // Also where they were there: another writer may have made them a moment ago, and not have come to this line.
        try files.flushDirectory(directory.originals)
        try files.flushDirectory(place.parent)
        durableDirectories.withLock { _ = $0.insert(place.directoryNumber) }
    }

    /// Has the directory made again, should somebody have removed it by hand.
    private func forgetDirectory(of place: OriginalPlace) {
        durableDirectories.withLock { _ = $0.remove(place.directoryNumber) }
    }
}

/// A record that couldn't be replaced.
private struct RecordWriteError: Error {
    var cause: StoreError
    /// The new record was visible for a moment. It has been taken back, but after a failed flush nobody knows which of
    /// the two a power cut would leave, so the bytes of both must stay until the sweep after the next start.
    var mayHaveHappened: Bool
}

extension StoreEntry {
    /// Nil where it is deleted.
    fileprivate var digest: Digest? {
        switch self {
        case .present(let record): record.digest
        case .deleted: nil
        }
    }
}
