package import AnysizeCore
package import NIOCore
import struct Crypto.SHA256

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Looks through the originals of a data directory that a service may be using at this very moment.
///
/// It takes no lock and opens nothing for writing, so it can't be in the way of the service, nor of one that starts meanwhile; the
/// lock is about who may write. That needs no care on the service's side: bytes are never written in place, and a record appears by
/// a rename. Only the order matters in which the two go, see ``inspect(_:pace:)``.
///
/// Bytes come from the disk and not from the kernel's memory, which is asked to forget a file before it is read, and after that, so
/// that it keeps what the service needs.
package struct DiskOriginalInspector: OriginalInspector {
    private let originals: String
    private let threads: FileThreads
    private let files: FileSystem

    /// Bytes that are read at once.
    private static let chunkByteCount = 1 << 20

    /// - Parameter path: of the data directory.
    /// - Throws: where no service has ever kept originals there, or it can't be read.
    package init(path: String, threads: FileThreads) throws(DataDirectoryError) {
        try self.init(path: path, threads: threads, files: FileSystem())
    }

    init(path: String, threads: FileThreads, files: FileSystem) throws(DataDirectoryError) {
        originals = path + "/originals"
        self.threads = threads
        self.files = files
        do { _ = try files.names(in: originals) } catch {
            throw .unusable(path: path, detail: error.description)
        }
    }

    /// Directories of the fan-out, `3f/a2`: 65,536 of them in a large store, at 16 bytes each.
    package func pieces() async throws(StoreError) -> [String] {
        let groups = try await names(in: originals)
        var pieces: [String] = []
        for group in groups.sorted() where Self.isFanOut(group) {
            pieces += try await names(in: "\(originals)/\(group)").filter(Self.isFanOut).sorted().map {
                "\(group)/\($0)"
            }
        }
        return pieces
    }

    package func ids(in piece: String) async throws(StoreError) -> [OriginalID] {
        try await names(in: "\(originals)/\(piece)").compactMap { name in
            if case .record(let id) = OriginalFileName(name) { id } else { nil }
        }.sorted()
    }

    /// A record that names bytes which aren't there, or aren't right, is read again: the original may have been replaced, which
    /// puts the new record in place first and removes the old bytes then. Only what stays wrong under the same record is a finding.
    package func inspect(_ id: OriginalID, pace: @Sendable (Int) async -> Void) async -> Inspection {
        let place = OriginalPlace(of: id, in: originals)
        var last: (record: OriginalRecord, result: Inspection)?
        while !Task.isCancelled {
            let entry: StoreEntry?
            do throws(StoreError) { entry = try await record(at: place) } catch { return Inspection(error) }
            guard case .present(let record)? = entry else { return .gone }
            if let last, last.record == record { return last.result }
            let result = await bytes(of: record, at: place.bytesPath(record.digest), pace)
            guard case .sound = result else {
                last = (record, result)
                continue
            }
            return result
        }
        return last?.result ?? .gone
    }

    package func read(_ id: OriginalID) async -> (record: OriginalRecord, bytes: ByteBuffer)? {
        let place = OriginalPlace(of: id, in: originals)
        guard case .present(let record)? = try? await record(at: place) else { return nil }
        return await threads.read {
            guard let bytes = try? files.contents(of: place.bytesPath(record.digest)),
                Digest(of: bytes) == record.digest
            else { return nil }
            return (record, bytes)
        }
    }

    private func record(at place: OriginalPlace) async throws(StoreError) -> StoreEntry? {
        try await threads.read { () throws(StoreError) in
            let bytes: ByteBuffer
            do throws(FileError) { bytes = try files.contents(of: place.recordPath) } catch {
                guard !error.isAbsent else { return nil }
                throw StoreError(error)
            }
            return try OriginalRecordFile.decode(bytes, for: place.id)
        }
    }

    private func bytes(
        of record: OriginalRecord, at path: String, _ pace: @Sendable (Int) async -> Void
    ) async -> Inspection {
        let reading: Reading
        do throws(FileError) {
            reading = try await threads.read { () throws(FileError) in try Reading(path, files) }
            guard reading.byteCount == record.byteCount else {
                return .damaged(detail: "\(path) has \(reading.byteCount) bytes, not \(record.byteCount)")
            }
            var hash = SHA256()
            var done = 0
            while done < record.byteCount, !Task.isCancelled {
                let (count, offset) = (min(Self.chunkByteCount, record.byteCount - done), done)
                await pace(count)
                let before = hash
                let chunk = try await threads.read { () throws(FileError) in
                    try reading.add(count, at: offset, to: before)
                }
                guard chunk.byteCount == count else { return .damaged(detail: "\(path) has become shorter") }
                hash = chunk.hash
                done += count
            }
            guard Digest(hash.finalize()) == record.digest else {
                return .damaged(detail: "\(path) doesn't match its digest")
            }
            return .sound(byteCount: record.byteCount)
        } catch {
            return error.isAbsent ? .missing(detail: "\(path) is not there") : .unreadable(detail: error.description)
        }
    }

    private func names(in path: String) async throws(StoreError) -> [String] {
        try await threads.read { () throws(StoreError) in
            do throws(FileError) { return try files.names(in: path) } catch { throw StoreError(error) }
        }
    }

    private static func isFanOut(_ name: String) -> Bool { name.utf8.count == 2 && Hex.decode(name) != nil }

    /// An original's bytes while they are looked at.
    private final class Reading: Sendable {
        let byteCount: Int
        private let file: OpenFile

        init(_ path: String, _ files: FileSystem) throws(FileError) {
            let file = try files.openFile(path)
            file.forget()
            byteCount = try file.byteCount()
            self.file = file
        }

        func add(_ count: Int, at offset: Int, to hash: SHA256) throws(FileError) -> (hash: SHA256, byteCount: Int) {
            let bytes = try file.read(count, at: offset)
            file.forget()
            var hash = hash
            bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            return (hash, bytes.readableBytes)
        }
    }
}
