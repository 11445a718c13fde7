package import AnysizeCore
package import Metrics
package import NIOCore
import Synchronization

/// Originals in a directory of this machine.
///
/// What is promised rests on the order of the steps of a commit, and each is on the disk before the next begins:
///
/// 1. the bytes, in `staging`;
/// 2. their name in the original's directory, and that directory in those above it;
/// 3. the record, in `staging`;
/// 4. the record's name, in place of the record before. This rename is the moment the new original exists;
/// 5. its being in the directory. Only now is the upload acknowledged, and the bytes it replaces are removed.
///
/// A crash before 4 leaves bytes that no record names, which ``sweepOrphans(pause:)`` removes; a crash after it leaves
/// the replaced bytes, likewise. There is no moment at which a record names bytes that aren't there whole.
///
/// Tombstones are kept for good: 4 KiB for each id that was ever deleted.
package final class DiskOriginalStore: OriginalStore {
    let directory: DataDirectory
    let threads: FileThreads
    let files: FileSystem
    let locks = StripedLock()
    let records: RecordCache
    let faults: StoreFaults
    let digests = DigestCheck()
    /// The directories that are known to be on the disk, found out anew by each process: one that is there may have
    /// been made a moment before the last process was killed.
    let durableDirectories = Mutex<Set<UInt16>>([])

    /// - Parameter recordCountMax: how many records are kept in memory, each about 1 KB.
    package convenience init(
        directory: DataDirectory, threads: FileThreads, recordCountMax: Int = 10_000,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.init(
            directory: directory, threads: threads, files: FileSystem(), recordCountMax: recordCountMax,
            metrics: metrics
        )
    }

    init(
        directory: DataDirectory, threads: FileThreads, files: FileSystem, recordCountMax: Int,
        metrics: any MetricsFactory
    ) {
        self.directory = directory
        self.threads = threads
        self.files = files
        records = RecordCache(countMax: recordCountMax)
        faults = StoreFaults(metrics)
    }

    package func find(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        if let entry = records.find(id) { return entry }
        return try await threads.read { () throws(StoreError) in try self.look(up: self.place(of: id)) }
    }

    package func peek(_ id: OriginalID) -> StoreEntry? { records.find(id) }

    package var changeCount: UInt64 { records.changeCount }

    package func read(_ record: OriginalRecord) async throws(StoreError) -> ByteBuffer {
        try await threads.read { () throws(StoreError) in try self.bytes(of: record) }
    }

    package func stage() async throws(StoreError) -> any StagedOriginal {
        try await threads.write { () throws(StoreError) -> DiskStagedOriginal in try self.newStaged() }
    }

    package func check() async throws(StoreError) {
        try await threads.write { () throws(StoreError) in
            let probe = try self.newStaged()
            try StoreError.wrapping { () throws(FileError) in
                defer { probe.remove() }
                try probe.add(ByteBuffer(repeating: 0x2a, count: 4096))
                try probe.flush()
            }
        }
        try await threads.read { () throws(StoreError) in
            try StoreError.wrapping { () throws(FileError) in _ = try self.files.names(in: self.directory.originals) }
        }
    }

    func place(of id: OriginalID) -> OriginalPlace { OriginalPlace(of: id, in: directory.originals) }
}

// Blocking; on file threads.
extension DiskOriginalStore {
    /// What the memory or else the disk knows of an id.
    func look(up place: OriginalPlace) throws(StoreError) -> StoreEntry? {
        if let entry = records.find(place.id) { return entry }
        let generation = records.generation(of: place.stripe)
        guard let entry = try readRecord(place) else { return nil }
        records.insert(entry, for: place.id, stripe: place.stripe, generation: generation)
        return entry
    }

    /// What the disk knows of an id.
    func readRecord(_ place: OriginalPlace) throws(StoreError) -> StoreEntry? {
        let bytes: ByteBuffer
        do {
            bytes = try files.contents(of: place.recordPath)
        } catch let error where error.isAbsent {
            return nil
        } catch {
            throw StoreError(error)
        }
        do {
            return try OriginalRecordFile.decode(bytes, for: place.id)
        } catch {
            faults.count(.damagedRecord)
            throw error
        }
    }

    func bytes(of record: OriginalRecord) throws(StoreError) -> ByteBuffer {
        let place = place(of: record.id)
        // A replacement removes the bytes that a reader is about to open; then the record has changed too. It may have
        // changed and changed back, with the bytes there again, so it takes a few looks to say that bytes are lost.
        for _ in 0..<3 {
            if let bytes = try soundBytes(of: record, at: place) { return bytes }
            guard try readRecord(place) == .present(record) else { throw .missing }
        }
        faults.count(.damagedBytes)
        throw .damaged(detail: "the bytes of \(record.id) are not there")
    }

    /// Nil where there is no such file.
    func soundBytes(of record: OriginalRecord, at place: OriginalPlace) throws(StoreError) -> ByteBuffer? {
        let bytes: ByteBuffer
        do {
            let file = try files.openFile(place.bytesPath(record.digest))
            let byteCount = try file.byteCount()
            // Looked at first, so that a file that has grown out of all bounds isn't read.
            bytes = byteCount == record.byteCount ? try file.read(byteCount, at: 0) : ByteBuffer()
        } catch let error where error.isAbsent {
            return nil
        } catch {
            throw StoreError(error)
        }
        guard bytes.readableBytes == record.byteCount, digests.isSound(bytes, record.digest) else {
            faults.count(.damagedBytes)
            throw .damaged(detail: "the bytes of \(record.id) don't match their digest")
        }
        return bytes
    }

    private func newStaged() throws(StoreError) -> DiskStagedOriginal {
        do {
            return DiskStagedOriginal(try files.create(directory.newStagingPath()), threads: threads, files: files)
        } catch {
            throw StoreError(error)
        }
    }
}

/// What an operator should know of: each is a counter, `anysize_store_faults_total`.
struct StoreFaults: Sendable {
    enum Reason: String, CaseIterable {
        /// Bytes that don't match their digest, or aren't there. Needs a person, or an upload of the same bytes.
        case damagedBytes = "damaged-bytes"
        /// A record that can't be read. Likewise.
        case damagedRecord = "damaged-record"
        /// Damaged bytes that were replaced by an upload of the same original.
        case healed
        /// Bytes without a record, left by a crash and removed; in an object store, an upload in parts that was never completed.
        case orphan
    }

    private let counters: [Reason: Counter]

    init(_ metrics: any MetricsFactory, store: String = "disk") {
        counters = Dictionary(
            uniqueKeysWithValues: Reason.allCases.map { reason in
                let dimensions = [("store", store), ("reason", reason.rawValue)]
                return (reason, Counter(label: "anysize_store_faults_total", dimensions: dimensions, factory: metrics))
            }
        )
    }

    func count(_ reason: Reason) { counters[reason]?.increment() }
}
