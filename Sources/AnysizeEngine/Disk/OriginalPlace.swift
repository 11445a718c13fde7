import AnysizeCore
import NIOCore

/// Where an original's files are.
///
/// Ids are chosen by callers, so the directory comes from a digest of the id: no choice of ids crowds one directory.
///
///     originals/<2 hex>/<2 hex>/<id>~record      what is known of it: its existence is the original's
///     originals/<2 hex>/<2 hex>/<id>~<digest>    its bytes
///
/// `~` can't occur in an id. The longest name has 193 bytes; file systems allow 255.
struct OriginalPlace: Sendable {
    let id: OriginalID
    let parent: String
    let directory: String
    /// Which of the 65,536 directories it is.
    let directoryNumber: UInt16
    /// Which of the stripes guards the id.
    let stripe: Int

    init(of id: OriginalID, in originals: String) {
        let hash = Digest(of: ByteBuffer(string: id.description)).bytes
        self.id = id
        parent = "\(originals)/\(Hex.encode(hash[..<1]))"
        directory = "\(parent)/\(Hex.encode(hash[1..<2]))"
        directoryNumber = UInt16(hash[0]) << 8 | UInt16(hash[1])
        stripe = Int(hash[2]) % StripedLock.count
    }

    var recordPath: String { "\(directory)/\(id)~record" }

    func bytesPath(_ digest: Digest) -> String { "\(directory)/\(id)~\(digest)" }
}

/// What a name in one of the directories says.
enum OriginalFileName: Hashable {
    case record(OriginalID)
    case bytes(OriginalID, Digest)

    /// Nil for a name that isn't ours.
    init?(_ name: String) {
        let parts = name.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = OriginalID(parts[0]) else { return nil }
        if parts[1] == "record" {
            self = .record(id)
        } else if let digest = Digest(hex: String(parts[1])), digest.description == parts[1] {
            self = .bytes(id, digest)
        } else {
            return nil
        }
    }

    var id: OriginalID {
        switch self {
        case .record(let id), .bytes(let id, _): id
        }
    }
}
