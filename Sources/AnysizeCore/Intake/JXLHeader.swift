/// Reads the header of a JPEG XL (ISO/IEC 18181-1, annexes A and D), in a container or bare, up to what its samples are.
///
/// An animation is read as its first frame. Whether it is gray stands further behind, so what is counted is three colours.
package enum JXLHeader {
    /// The first box of a container.
    package static let containerSignature: [UInt8] = [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A]

    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        let isContained = bytes.starts(with: containerSignature)
        let container = isContained ? try JXLContainer(bytes, limits: limits) : nil
        let codestream = container?.head ?? [UInt8](bytes.prefix(JXLContainer.headByteCount))
        let picture = try codestream.withUnsafeBufferPointer { (bytes) throws(HeaderError) in
            try JXLPicture(UnsafeRawBufferPointer(bytes))
        }
        try limits.checkSize(picture.width, picture.height)
        var header = ImageHeader(
            format: .jxl, byteCount: bytes.count, width: picture.width, height: picture.height)
        header.hasAlpha = picture.extraChannelCount == 0 ? false : nil
        header.channelCount = picture.extraChannelCount == 0 ? 3 : 4
        header.bitDepth = picture.bitDepth
        header.metadataByteCount = container?.metadataByteCount ?? 0
        // The decoder holds all of a picture before it hands out the first row.
        header.isProgressive = true
        return header
    }
}

/// The boxes of a container (18181-2), up to as much of the codestream as the header needs.
private struct JXLContainer {
    /// More than a header without its colour profile can have.
    static let headByteCount = 64

    private(set) var head: [UInt8] = []
    private(set) var metadataByteCount = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) {
        var file = ByteReader(bytes)
        while !file.isAtEnd, head.count < Self.headByteCount {
            let (type, content) = try Self.box(in: &file)
            switch type {
            case FourCC("jxlc"): try gather(content)
            case FourCC("jxlp"):
                var part = content
                try part.skip(4)  // its number; parts stand in order
                try gather(part)
            case FourCC("Exif"), FourCC("xml "), FourCC("jumb"), FourCC("brob"):
                metadataByteCount += content.count
                try limits.check(.metadataByteCount, metadataByteCount)
            default: break
            }
        }
        guard !head.isEmpty else { throw .malformed(.jxlWithoutImage) }
    }

    private mutating func gather(_ content: ByteReader) throws(HeaderError) {
        var content = content
        for _ in 0..<min(content.remaining, Self.headByteCount - head.count) { head.append(try content.byte()) }
    }

    private static func box(in file: inout ByteReader) throws(HeaderError) -> (FourCC, ByteReader) {
        let short = try file.big32()
        let type = try file.fourCC()
        var length = short - 8
        if short == 0 { length = file.remaining }  // up to the end of the file
        if short == 1 { length = Int(clamping: try file.big(8)) - 16 }
        guard length >= 0 else { throw .malformed(.jxlBox) }
        return (type, try file.take(length, pastEnd: .malformed(.jxlBox)))
    }
}

/// What the codestream says of its picture before it says anything of colours.
private struct JXLPicture {
    /// Upright, as the decoder reports them.
    private(set) var width: Int
    private(set) var height: Int
    private(set) var bitDepth = 8
    private(set) var extraChannelCount = 0

    init(_ bytes: UnsafeRawBufferPointer) throws(HeaderError) {
        var bits = LowBitReader(bytes)
        guard try bits.bits(16) == 0x0AFF else { throw .malformed(.jxlHeader) }
        (width, height) = try Self.size(&bits)
        guard try !bits.bit() else { return }  // all as usual: three colours of 8 bits, upright
        if try bits.bit() { try readExtraFields(&bits) }
        bitDepth = try Self.depth(&bits)
        _ = try bits.bit()  // whether 16 bits are enough for the decoder's own numbers
        extraChannelCount = try bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
    }

    private mutating func readExtraFields(_ bits: inout LowBitReader) throws(HeaderError) {
        let orientation = try bits.bits(3) + 1
        if orientation > 4 { (width, height) = (height, width) }
        if try bits.bit() { _ = try Self.size(&bits) }  // the size to show it in
        if try bits.bit() { try Self.skipPreview(&bits) }
        guard try bits.bit() else { return }
        // An animation: how long a frame is, how often it runs, whether frames have time codes.
        _ = try bits.choice((100, 0), (1_000, 0), (1, 10), (1, 30))
        _ = try bits.choice((1, 0), (1_001, 0), (1, 8), (1, 10))
        _ = try bits.choice((0, 0), (0, 3), (0, 16), (0, 32))
        _ = try bits.bit()
    }

    /// Bits a sample; numbers with a fraction, which are decoded to 16 bits, count as these.
    private static func depth(_ bits: inout LowBitReader) throws(HeaderError) -> Int {
        if try bits.bit() {
            _ = try bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
            _ = try bits.bits(4)  // of its exponent
            return 16
        }
        return try bits.choice((8, 0), (10, 0), (12, 0), (1, 6))
    }

    private static func size(_ bits: inout LowBitReader) throws(HeaderError) -> (width: Int, height: Int) {
        let isInEights = try bits.bit()
        func side(_ bits: inout LowBitReader) throws(HeaderError) -> Int {
            isInEights ? (try bits.bits(5) + 1) * 8 : try bits.choice((1, 9), (1, 13), (1, 18), (1, 30))
        }
        let height = try side(&bits)
        let ratio = try ratios[bits.bits(3)]
        return (ratio.below == 0 ? try side(&bits) : height * ratio.above / ratio.below, height)
    }

    private static func skipPreview(_ bits: inout LowBitReader) throws(HeaderError) {
        let isInEights = try bits.bit()
        func side(_ bits: inout LowBitReader) throws(HeaderError) {
            _ =
                isInEights
                ? try bits.choice((16, 0), (32, 0), (1, 5), (33, 9))
                : try bits.choice((1, 6), (65, 8), (321, 10), (1_345, 12))
        }
        try side(&bits)
        if try bits.bits(3) == 0 { try side(&bits) }
    }

    /// Width to height; the first means that the width is told.
    private static let ratios: [(above: Int, below: Int)] = [
        (0, 0), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1),
    ]
}

/// Reads numbers of any width in bits, lowest bit first.
private struct LowBitReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func bit() throws(HeaderError) -> Bool {
        guard offset < bytes.count * 8 else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset / 8] >> UInt8(offset % 8) & 1 == 1
    }

    /// An unsigned number of at most 32 bits.
    mutating func bits(_ count: Int) throws(HeaderError) -> Int {
        var value = 0
        for index in 0..<count where try bit() { value |= 1 << index }
        return value
    }

    /// One of four ways to write a number, told by two bits: a least value, and bits of what is added to it.
    mutating func choice(_ ways: (least: Int, bitCount: Int)...) throws(HeaderError) -> Int {
        let way = ways[try bits(2)]
        return way.least + (try bits(way.bitCount))
    }
}
