import AnysizeCore
import AnysizeTesting
import Testing

@Suite("Damaged headers")
struct HeaderFuzzTests {
    static let files: [[UInt8]] = [
        JPEGSample.file(640, 480, marker: 0xC2, extra: JPEGSample.segment(0xE1, [1, 2, 3]), scanCount: 3),
        PNGSample.file(640, 480, colour: 6, extra: PNGSample.chunk("iCCP", [1, 2, 3])),
        GIFSample.file(64, 48, frameCount: 3, extra: GIFSample.comment([1, 2, 3])),
        WebPSample.riff(WebPSample.lossless(640, 480)),
        WebPSample.animation(64, 48, frameCount: 3),
        HEIFSample.row(tileCount: 3).withAlpha(of: 1).bytes(),
        HEIFSample.still(64, 64, properties: [HEIFSample.rotation(1)]).bytes(),
        HEIFSample.still(64, 64, properties: [HEIFSample.colours(9, 16)]).bytes(),
        PNGSample.file(64, 48, colour: 2, extra: PNGSample.chunk("cICP", [9, 16, 0, 1])),
        HEIFSample.heic().bytes(),
        TIFFSample.file(640, 480),
        TIFFSample.file(640, 480, isBig: true, isLittle: false),
        Array("<?xml version='1.0'?><svg width='1.5in' height=\"2e2px\" viewBox='0,0 640 480'><g/></svg>".utf8),
        Array("<!DOCTYPE svg [<!ENTITY a 'b'>]><s:svg viewBox=\"-1 -1 1e3 +480\" width='100%'/>".utf8),
        JXLSample.file(640, 480, orientation: 6),
        JXLSample.container(JXLSample.file(640, 480), parts: [1, 5]),
    ]

    @Test("No damage traps, and what is still accepted is within every limit", arguments: files.indices, 1...4)
    func damage(_ index: Int, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let limits = HeaderLimits(extraFormats: Set(ImageFormat.extra))
        for _ in 0..<400 {
            var bytes = Self.files[index]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                Self.damage(&bytes, &random)
            }
            guard let header = try? header(of: bytes, limits: limits) else { continue }
            #expect(header.width > 0 && header.height > 0 && header.frameCount > 0)
            try limits.check(header)
            if header.format == .svg { try checkSized(bytes, header) }
        }
    }

    @Test("No prefix traps, and what is still accepted has the same size", arguments: files.indices)
    func prefixes(_ index: Int) throws {
        let bytes = Self.files[index]
        let limits = HeaderLimits(extraFormats: Set(ImageFormat.extra))
        let whole = try header(of: bytes, limits: limits)
        for count in 0..<bytes.count {
            guard let header = try? header(of: Array(bytes.prefix(count)), limits: limits) else { continue }
            #expect((header.width, header.height) == (whole.width, whole.height))
        }
    }

    /// The document that a decoder gets has the size that was read, whatever else stands in it.
    private func checkSized(_ bytes: [UInt8], _ header: ImageHeader) throws {
        let sized = try bytes.withUnsafeBytes { try SVGHeader.sized($0) }
        let again = try self.header(of: sized, limits: HeaderLimits(extraFormats: [.svg]))
        #expect((again.width, again.height) == (header.width, header.height))
    }

    private func header(of bytes: [UInt8], limits: HeaderLimits) throws -> ImageHeader {
        try bytes.withUnsafeBytes { try ImageHeader.read($0, limits: limits) }
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.remove(at: place)
        case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
        }
    }
}
