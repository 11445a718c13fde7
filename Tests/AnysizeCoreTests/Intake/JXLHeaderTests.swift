import AnysizeCore
import Testing

@Suite("JPEG XL headers")
struct JXLHeaderTests {
    static let limits = HeaderLimits(extraFormats: [.jxl])

    static func read(_ bytes: [UInt8]) throws -> ImageHeader { try header(of: bytes, limits: limits) }

    @Test("The size is that of the upright picture", arguments: 1...8)
    func orientations(_ orientation: Int) throws {
        let header = try Self.read(JXLSample.file(640, 480, orientation: orientation, isAnimation: orientation == 6))
        #expect((header.width, header.height) == (orientation > 4 ? (480, 640) : (640, 480)))
        #expect((header.format, header.frameCount, header.bitDepth) == (.jxl, 1, 10))
    }

    @Test("Alpha may be where there is a channel beside the colours")
    func channels() throws {
        let plain = try Self.read(JXLSample.file(7, 5, bitDepth: 16))
        #expect((plain.channelCount, plain.hasAlpha, plain.bitDepth) == (3, false, 16))
        let more = try Self.read(JXLSample.file(7, 5, extraChannels: 1))
        #expect((more.channelCount, more.hasAlpha) == (4, nil))
        #expect(try Self.read(JXLSample.file(7, 5, bitDepth: nil)).bitDepth == 8)
    }

    @Test("Short ways to write a size: in eights, and with a ratio")
    func shortSizes() throws {
        // 1 (in eights), 5 bits of height / 8 - 1, 3 bits of ratio, 1 (all as usual); lowest bit first.
        func file(_ height: Int, _ ratio: Int) -> [UInt8] {
            let bits = 1 | (height / 8 - 1) << 1 | ratio << 6 | 1 << 9
            return [0xFF, 0x0A] + little(bits, 2)
        }
        for (ratio, width) in [(1, 120), (2, 144), (3, 160), (4, 180), (5, 213), (6, 150), (7, 240)] {
            let header = try Self.read(file(120, ratio))
            #expect((header.width, header.height) == (width, 120), "ratio \(ratio)")
        }
    }

    @Test("In a container, in one box or in parts of any length")
    func containers() throws {
        let stream = JXLSample.file(640, 480)
        for parts in [[], [1], [3, 4], [0, 2]] {
            let exif = HEIFSample.box("Exif", [UInt8](repeating: 0, count: 30))
            let header = try Self.read(JXLSample.container(stream, parts: parts, before: exif))
            #expect((header.width, header.height, header.metadataByteCount) == (640, 480, 30))
        }
    }

    @Test("What can't be read, or is too large, is refused")
    func refused() {
        checkRefused([0xFF, 0x0A], as: .truncated, limits: Self.limits)
        checkRefused(JXLSample.container([]), as: .malformed(.jxlWithoutImage), limits: Self.limits)
        checkRefused(JXLSample.container([1, 2, 3]), as: .malformed(.jxlHeader), limits: Self.limits)
        let short = Array(JXLSample.container(JXLSample.file(640, 480)).dropLast())
        checkRefused(short, as: .truncated, limits: Self.limits)
        checkRefused(
            JXLSample.container([]) + big(7, 4) + Array("free".utf8), as: .malformed(.jxlBox), limits: Self.limits)
        checkRefused(
            JXLSample.file(20_000, 20_000), as: .limit(.pixelCount, actual: 400_000_000, allowed: 100_000_000),
            limits: Self.limits)
        checkRefused(
            JXLSample.file(1 << 30, 1), as: .limit(.axis, actual: 1 << 30, allowed: 32_767), limits: Self.limits)
    }
}
