import AnysizeCore
import Testing

// Small files with nothing but headers, made to order. Their pixel data is missing or nonsense: no reader looks at it.

/// Reads a file given as an array.
func header(of bytes: [UInt8], limits: HeaderLimits = HeaderLimits()) throws(HeaderError) -> ImageHeader {
    try bytes.withUnsafeBufferPointer { bytes throws(HeaderError) in
        try ImageHeader.read(UnsafeRawBufferPointer(bytes), limits: limits)
    }
}

/// Expects a file to be refused in exactly this way.
func checkRefused(
    _ bytes: [UInt8],
    as expected: HeaderError,
    limits: HeaderLimits = HeaderLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(throws: expected, sourceLocation: sourceLocation) {
        try header(of: bytes, limits: limits)
    }
}

// MARK: - Numbers

/// A number, highest byte first.
func big(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A number, lowest byte first.
func little(_ value: Int, _ byteCount: Int) -> [UInt8] {
    big(value, byteCount).reversed()
}

/// Bits gathered into bytes, highest first.
struct BitSample {
    private var bits: [UInt8] = []

    mutating func add(_ value: Int, _ count: Int) {
        bits += (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> $0) & 1 }
    }

    /// An unsigned exponential-Golomb number.
    mutating func addGolomb(_ value: Int) {
        let width = (value + 1).bitWidth - (value + 1).leadingZeroBitCount
        add(0, width - 1)
        add(value + 1, width)
    }

    var bytes: [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 << 1 | (start + $1 < bits.count ? bits[start + $1] : 0) }
        }
    }
}

// MARK: - JPEG

enum JPEGSample {
    static let start: [UInt8] = [0xFF, 0xD8]
    static let end: [UInt8] = [0xFF, 0xD9]

    static func segment(_ marker: UInt8, _ content: [UInt8] = []) -> [UInt8] {
        [0xFF, marker] + big(content.count + 2, 2) + content
    }

    static func frame(
        _ width: Int, _ height: Int, marker: UInt8 = 0xC0, components: Int = 3, depth: UInt8 = 8
    ) -> [UInt8] {
        let list: [[UInt8]] = (0..<components).map { [UInt8($0), 0x11, 0] }
        let size = big(height, 2) + big(width, 2)
        return segment(marker, [depth] + size + [UInt8(components)] + list.joined())
    }

    /// A scan with some data that contains an escaped 255 and a restart.
    static func scan(components: Int = 3) -> [UInt8] {
        let list: [[UInt8]] = (0..<components).map { [UInt8($0), 0] }
        let data: [UInt8] = [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]
        return segment(0xDA, [UInt8(components)] + list.joined() + [0, 63, 0]) + data
    }

    static func file(
        _ width: Int = 8, _ height: Int = 8, marker: UInt8 = 0xC0, extra: [UInt8] = [], scanCount: Int = 1
    ) -> [UInt8] {
        start + extra + frame(width, height, marker: marker) + (0..<scanCount).flatMap { _ in scan() } + end
    }
}

// MARK: - PNG

enum PNGSample {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ type: String, _ content: [UInt8] = []) -> [UInt8] {
        big(content.count, 4) + Array(type.utf8) + content + [0, 0, 0, 0]
    }

    static func header(
        _ width: Int, _ height: Int, depth: UInt8 = 8, colour: UInt8 = 0, interlace: UInt8 = 0
    ) -> [UInt8] {
        chunk("IHDR", big(width, 4) + big(height, 4) + [depth, colour, 0, 0, interlace])
    }

    static func file(
        _ width: Int = 8, _ height: Int = 8, depth: UInt8 = 8, colour: UInt8 = 0, interlace: UInt8 = 0,
        extra: [UInt8] = []
    ) -> [UInt8] {
        signature + header(width, height, depth: depth, colour: colour, interlace: interlace) + extra
            + chunk("IDAT", [1, 2, 3]) + chunk("IEND")
    }
}

// MARK: - GIF

enum GIFSample {
    static func screen(_ width: Int, _ height: Int) -> [UInt8] {
        Array("GIF89a".utf8) + little(width, 2) + little(height, 2) + [0x80, 0, 0] + [0, 0, 0, 255, 255, 255]
    }

    static func frame(_ width: Int, _ height: Int, left: Int = 0, top: Int = 0, codeSize: UInt8 = 2) -> [UInt8] {
        [0x2C] + little(left, 2) + little(top, 2) + little(width, 2) + little(height, 2)
            + [0, codeSize, 2, 0x4C, 0x01, 0]
    }

    static func comment(_ content: [UInt8]) -> [UInt8] {
        [0x21, 0xFE, UInt8(content.count)] + content + [0]
    }

    static func file(_ width: Int = 8, _ height: Int = 8, frameCount: Int = 1, extra: [UInt8] = []) -> [UInt8] {
        screen(width, height) + extra + (0..<frameCount).flatMap { _ in frame(width, height) } + [0x3B]
    }
}

// MARK: - WebP

enum WebPSample {
    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        Array(type.utf8) + little(content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    static func riff(_ chunks: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + little(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks
    }

    static func lossy(_ width: Int, _ height: Int) -> [UInt8] {
        chunk("VP8 ", [0x10, 0, 0, 0x9D, 0x01, 0x2A] + little(width, 2) + little(height, 2) + [0, 0])
    }

    static func lossless(_ width: Int, _ height: Int, hasAlpha: Bool = false) -> [UInt8] {
        chunk("VP8L", [0x2F] + little((width - 1) | (height - 1) << 14 | (hasAlpha ? 1 << 28 : 0), 4) + [0])
    }

    static func canvas(_ width: Int, _ height: Int, flags: UInt8 = 0) -> [UInt8] {
        chunk("VP8X", [flags, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3))
    }

    static func frame(_ width: Int, _ height: Int, left: Int = 0, image: [UInt8]? = nil) -> [UInt8] {
        let place = little(left / 2, 3) + little(0, 3) + little(width - 1, 3) + little(height - 1, 3)
        return chunk("ANMF", place + [100, 0, 0, 0] + (image ?? lossy(width, height)))
    }

    static func animation(_ width: Int = 8, _ height: Int = 8, frameCount: Int) -> [UInt8] {
        riff(
            canvas(width, height, flags: 0x02) + chunk("ANIM", [0, 0, 0, 0, 0, 0])
                + (0..<frameCount).flatMap { _ in frame(width, height) }
        )
    }
}
