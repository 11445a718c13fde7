import AnysizeCore
import NIOCore

/// A variant as a file: a head of 48 bytes, then the encoded picture.
///
///      0  magic, 8 bytes
///      8  version of this layout, UInt32, as all numbers little-endian
///     12  format, UInt32
///     16  length of the picture, UInt64
///     24  XXH64 of the key, so that a file under another's name is noticed
///     32  XXH64 of the picture
///     40  XXH64 of the 40 bytes before
///
/// Every bit of the file is under a sum: whatever a disk does to it, it is the variant or it is a miss. The files
/// aren't flushed, so one torn by a power cut is quite normal.
enum VariantFile {
    static let headByteCount = 48
    /// What no media type begins with, and no text.
    private static let magic: UInt64 = 0x0a1a_0a0d_455a_5941
    private static let version: UInt32 = 1

    static func head(of variant: Variant, key: VariantKey) -> ByteBuffer {
        var head = ByteBufferAllocator().buffer(capacity: headByteCount)
        head.writeInteger(magic, endianness: .little)
        head.writeInteger(version, endianness: .little)
        head.writeInteger(code(of: variant.format), endianness: .little)
        head.writeInteger(UInt64(variant.byteCount), endianness: .little)
        head.writeInteger(sum(of: key.description), endianness: .little)
        head.writeInteger(sum(of: variant.bytes), endianness: .little)
        head.writeInteger(sum(of: head), endianness: .little)
        return head
    }

    /// The variant in a file of so many bytes; nil where anything about it is wrong. Blocks.
    static func read(_ file: borrowing OpenFile, _ byteCount: Int, key: VariantKey) throws(FileError) -> Variant? {
        guard byteCount >= headByteCount, byteCount <= UInt32.max else { return nil }
        // In one call: it costs more than the copying does.
        let bytes = try file.read(byteCount, at: 0)
        return bytes.readableBytes == byteCount ? decode(bytes, key: key) : nil
    }

    /// The variant in bytes that are a file's, or claim to be; nil where anything about them is wrong.
    static func decode(_ bytes: ByteBuffer, key: VariantKey) -> Variant? {
        var bytes = bytes
        guard let head = bytes.readSlice(length: headByteCount) else { return nil }
        guard let format = head.getInteger(at: 12, endianness: .little).flatMap(format(of:)) else { return nil }
        let variant = Variant(bytes: bytes, format: format)
        return head == self.head(of: variant, key: key) ? variant : nil
    }

    private static func sum(of text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { XXH64.hash(UnsafeRawBufferPointer($0)) }
    }

    private static func sum(of bytes: ByteBuffer) -> UInt64 {
        bytes.withUnsafeReadableBytes { XXH64.hash($0) }
    }

    /// Part of the layout: a number, once given, never gets another meaning.
    private static func code(of format: ImageFormat) -> UInt32 {
        switch format {
        case .jpeg: 1
        case .png: 2
        case .webp: 3
        case .avif: 4
        case .gif: 5
        case .heic: 6
        case .tiff: 7
        case .svg: 8
        case .jxl: 9
        case .pdf: 10
        }
    }

    private static func format(of code: UInt32) -> ImageFormat? {
        ImageFormat.allCases.first { Self.code(of: $0) == code }
    }
}
