import AnysizeCore
import NIOCore
import Synchronization

/// Whether bytes are those of a digest, told at a thirtieth of the cost from the second time on.
///
/// The first reading of an original in a process computes its SHA-256; what was found sound is remembered by its XXH64, which is all that
/// later readings compute. Disks and memory flip bits at random, and 64 bits tell that; whoever can write to the store can do
/// anything anyway. A checksum that differs is looked at with the digest again.
final class DigestCheck: Sendable {
    private let sound = Mutex<[Digest: UInt64]>([:])

    /// Originals remembered, at about a hundred bytes each. When there are more, all are forgotten, which costs one slow check each.
    private static let countMax = 20_000

    func isSound(_ bytes: ByteBuffer, _ digest: Digest) -> Bool {
        let checksum = bytes.withUnsafeReadableBytes { XXH64.hash($0) }
        if sound.withLock({ $0[digest] }) == checksum { return true }
        guard Digest(of: bytes) == digest else { return false }
        sound.withLock { sound in
            if sound.count >= Self.countMax { sound.removeAll() }
            sound[digest] = checksum
        }
        return true
    }
}
