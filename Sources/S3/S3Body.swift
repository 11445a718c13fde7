import Crypto
package import NIOCore

/// What a request sends.
package enum S3Body: Sendable {
    case none
    case bytes(ByteBuffer)
    /// Bytes that are read piece by piece as they go out, again for each attempt.
    case pieces(S3Pieces)

    var byteCount: Int {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.readableBytes
        case .pieces(let pieces): pieces.byteCount
        }
    }

    /// SHA-256 in lower-case hexadecimal.
    var payloadHash: String {
        switch self {
        case .none: Self.emptyHash
        case .bytes(let bytes): HexText.of(bytes.withUnsafeReadableBytes { SHA256.hash(data: $0) })
        case .pieces(let pieces): HexText.of(pieces.digest)
        }
    }

    private static let emptyHash = HexText.of(SHA256.hash(data: [UInt8]()))
}

/// A body that isn't in memory.
package struct S3Pieces: Sendable {
    package let byteCount: Int
    /// SHA-256 of all of it; 32 bytes.
    package let digest: [UInt8]
    /// Reads `count` bytes from an offset on.
    package let read: @Sendable (_ count: Int, _ offset: Int) async throws -> ByteBuffer

    /// What is in memory of it at a time: enough for few system calls, little for many uploads at once.
    static let pieceByteCount = 256 * 1024

    package init(
        byteCount: Int, digest: [UInt8],
        read: @escaping @Sendable (_ count: Int, _ offset: Int) async throws -> ByteBuffer
    ) {
        precondition(digest.count == 32, "A SHA-256 has 32 bytes.")
        self.byteCount = byteCount
        self.digest = digest
        self.read = read
    }
}

/// The pieces in order, each read when the one before has gone out.
struct PieceSequence: AsyncSequence, Sendable {
    let pieces: S3Pieces

    struct Iterator: AsyncIteratorProtocol {
        let pieces: S3Pieces
        var offset = 0

        mutating func next() async throws -> ByteBuffer? {
            guard offset < pieces.byteCount else { return nil }
            let count = Swift.min(S3Pieces.pieceByteCount, pieces.byteCount - offset)
            let piece: ByteBuffer
            do { piece = try await pieces.read(count, offset) } catch {
                throw UnreadablePiece(detail: "\(error)")
            }
            guard piece.readableBytes == count else { throw UnreadablePiece(detail: "it ends too early") }
            offset += count
            return piece
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(pieces: pieces) }
}

/// Our own side can't send what it has promised; no server is to blame.
struct UnreadablePiece: Error {
    let detail: String
}
