import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import Foundation
import NIOCore

/// Originals put into a data directory past every check, with the store's own hands: as a copied disk, an older version or a
/// person with a shell would leave them.
struct StoredOriginals {
    /// What the records claim of the pictures.
    enum Claim: String, Sendable, CaseIterable {
        /// The size that the file's own header tells, where it tells one.
        case ownSize
        /// One size for all of them, so that nearly every record is wrong.
        case anySize
    }

    /// One that was stored.
    struct Entry: Sendable {
        let id: String
        /// The file it was.
        let name: String
    }

    /// Stores every file under its content id; the service of that directory must not run. Copies of one file become one.
    static func put(_ files: [URL], into directory: String, claiming claim: Claim) async throws -> [Entry] {
        let store = DiskOriginalStore(directory: try DataDirectory(path: directory), threads: FileThreads())
        var entries: [Entry] = []
        var known: Set<OriginalID> = []
        for file in files {
            let data = try Data(contentsOf: file)
            let bytes = ByteBuffer(bytes: data)
            let record = record(of: data, bytes, claim)
            guard known.insert(record.id).inserted else { continue }
            let staged = try await store.stage()
            try await staged.append(bytes)
            guard case .created = try await store.commit(staged, as: record, if: .absent) else {
                throw ServiceError(what: "\(file.lastPathComponent) was not stored")
            }
            entries.append(Entry(id: record.id.description, name: file.lastPathComponent))
        }
        return entries
    }

    private static func record(of data: Data, _ bytes: ByteBuffer, _ claim: Claim) -> OriginalRecord {
        let digest = Digest(of: bytes)
        let own = claim == .ownSize ? PictureHeader(data)?.uprightSize : nil
        let size = own.flatMap { isWithinLimits($0) ? $0 : nil } ?? Size(width: 640, height: 480)
        return OriginalRecord(
            id: OriginalID(contentOf: digest), digest: digest, byteCount: data.count, created: Date(),
            facts: .sample(
                size.width, size.height,
                format: bytes.withUnsafeReadableBytes { FormatSniffer.format(of: $0) } ?? .jpeg
            )
        )
    }

    /// A header may claim what no upload was ever let in with. Such a record would only prove that no recipe goes with it.
    private static func isWithinLimits(_ size: Size) -> Bool {
        let limits = HeaderLimits()
        let sides = 1...limits.axisMax
        return sides.contains(size.width) && sides.contains(size.height)
            && size.width * size.height <= limits.pixelCountMax
    }
}
