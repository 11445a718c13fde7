import AnysizeCore
import Testing

@Suite("TIFF headers")
struct TIFFHeaderTests {
    static let limits = HeaderLimits(extraFormats: [.tiff])

    static func read(_ bytes: [UInt8]) throws -> ImageHeader { try header(of: bytes, limits: limits) }

    @Test("Size and samples are those of the first directory", arguments: [false, true], [false, true])
    func plain(_ isBig: Bool, _ isLittle: Bool) throws {
        let header = try Self.read(TIFFSample.file(640, 480, isBig: isBig, isLittle: isLittle))
        #expect((header.format, header.width, header.height) == (.tiff, 640, 480))
        #expect((header.channelCount, header.bitDepth, header.hasAlpha) == (3, 8, false))
        #expect(header.frameCount == 1)
    }

    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fields: [Int: TIFFSample.Field?]
        let channelCount: Int
        let bitDepth: Int
        var hasAlpha = false
    }

    static let kinds = [
        Kind(
            testDescription: "black and white, without the fields whose values are the usual",
            fields: [258: nil, 259: nil, 262: .short([0]), 277: nil], channelCount: 1, bitDepth: 8),
        Kind(
            testDescription: "CCITT", fields: [258: .short([1]), 259: .short([4]), 262: .short([0]), 277: .short([1])],
            channelCount: 1, bitDepth: 8),
        Kind(
            testDescription: "16-bit gray with alpha",
            fields: [258: .short([16, 16]), 262: .short([1]), 277: .short([2]), 338: .short([1])], channelCount: 2,
            bitDepth: 16, hasAlpha: true),
        Kind(
            testDescription: "a palette", fields: [258: .short([4]), 262: .short([3]), 277: .short([1])],
            channelCount: 3, bitDepth: 8),
        Kind(
            testDescription: "CMYK", fields: [258: .short([8, 8, 8, 8]), 262: .short([5]), 277: .short([4])],
            channelCount: 4, bitDepth: 8),
        Kind(
            testDescription: "subsampled JPEG", fields: [259: .short([7]), 262: .short([6])], channelCount: 3,
            bitDepth: 8),
        Kind(
            testDescription: "tiles", fields: [273: nil, 322: .short([64]), 323: .short([64]), 324: .long([8, 9])],
            channelCount: 3, bitDepth: 8),
        Kind(testDescription: "one depth for all", fields: [258: .short([16])], channelCount: 3, bitDepth: 16),
    ]

    @Test("Each kind that is read has the channels that it decodes to", arguments: kinds)
    func kind(_ kind: Kind) throws {
        let header = try Self.read(TIFFSample.file(64, 48, fields: kind.fields))
        #expect(header.channelCount == kind.channelCount)
        #expect((header.bitDepth, header.hasAlpha) == (kind.bitDepth, kind.hasAlpha))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fields: [Int: TIFFSample.Field?]
        let error: HeaderError

        init(_ name: String, _ fields: [Int: TIFFSample.Field?], _ error: HeaderError) {
            testDescription = name
            self.fields = fields
            self.error = error
        }
    }

    static let refusals = [
        Refusal("no width", [256: nil], .malformed(.zeroSize)),
        Refusal("a height of zero", [257: .short([0])], .malformed(.zeroSize)),
        Refusal("a width of text", [256: .ascii([0x31])], .malformed(.tiffDirectory)),
        Refusal("no data", [273: nil], .malformed(.tiffWithoutData)),
        Refusal("tiles of no width", [322: .short([0]), 323: .short([8])], .malformed(.tiffDirectory)),
        Refusal("no colours", [262: nil], .malformed(.tiffColours)),
        Refusal("CIELAB", [262: .short([8])], .malformed(.tiffColours)),
        Refusal("subsampled without JPEG", [262: .short([6])], .malformed(.tiffColours)),
        Refusal("more channels than colours and one", [277: .short([5])], .malformed(.tiffColours)),
        Refusal("JPEG 2000", [259: .short([34_712])], .malformed(.tiffCompression)),
        Refusal("JPEG 2000 of a scanner's maker", [259: .short([33_005])], .malformed(.tiffCompression)),
        Refusal("JPEG of the old kind", [259: .short([6])], .malformed(.tiffCompression)),
        Refusal("WebP", [259: .short([50_001])], .malformed(.tiffCompression)),
        Refusal("12 bits", [258: .short([12, 12, 12])], .malformed(.tiffSamples)),
        Refusal("several depths", [258: .short([8, 8, 16])], .malformed(.tiffSamples)),
        Refusal("fewer depths than samples", [258: .short([8, 8])], .malformed(.tiffSamples)),
        Refusal("signs", [339: .short([2])], .malformed(.tiffSamples)),
        Refusal("fractions", [258: .short([32, 32, 32]), 339: .short([3, 3, 3])], .malformed(.tiffSamples)),
        Refusal(
            "too many pixels", [256: .long([20_000]), 257: .long([20_000])],
            .limit(.pixelCount, actual: 400_000_000, allowed: 100_000_000)),
        Refusal(
            "a tile of too many", [322: .long([30_000]), 323: .long([30_000])],
            .limit(.pixelCount, actual: 900_000_000, allowed: 100_000_000)),
        Refusal(
            "a side of more bits than there are", [256: .long([0xFFFF_FFFF])],
            .limit(.axis, actual: 0xFFFF_FFFF, allowed: 32_767)),
        Refusal(
            "too much beside the picture", [34_675: .long([Int](repeating: 0, count: 2_000_001))],
            .limit(.metadataByteCount, actual: 8_000_004, allowed: 8_000_000)),
    ]

    @Test("What isn't read is refused before any decoder sees it", arguments: refusals)
    func refused(_ refusal: Refusal) {
        checkRefused(TIFFSample.file(64, 48, fields: refusal.fields), as: refusal.error, limits: Self.limits)
    }

    @Test("A directory outside of the file, or of no entries, is none")
    func noDirectory() {
        checkRefused([0x49, 0x49, 42, 0, 200, 0, 0, 0], as: .truncated, limits: Self.limits)
        checkRefused([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0], as: .malformed(.tiffDirectory), limits: Self.limits)
        let far = [0x49, 0x49, 43, 0, 8, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8)
        checkRefused(far, as: .truncated, limits: Self.limits)
    }
}
