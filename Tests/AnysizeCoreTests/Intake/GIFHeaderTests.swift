import AnysizeCore
import Testing

@Suite("GIF headers")
struct GIFHeaderTests {
    @Test("Frames are counted")
    func frames() throws {
        let header = try header(of: GIFSample.file(20, 10, frameCount: 7))
        #expect((header.width, header.height) == (20, 10))
        #expect(header.frameCount == 7)
        #expect(header.animationPixelCount == 1_400)
        #expect(header.hasAlpha == nil)
    }

    @Test("A transparent colour is alpha")
    func transparency() throws {
        let control: [UInt8] = [0x21, 0xF9, 4, 1, 0, 0, 0, 0]
        #expect(try header(of: GIFSample.file(extra: control)).hasAlpha == true)
    }

    struct Canvas: Sendable, CustomTestStringConvertible {
        var screen: (Int, Int)
        var frames: [(left: Int, top: Int, width: Int, height: Int)]
        var size: (Int, Int)

        var testDescription: String { "screen \(screen), frames \(frames)" }
    }

    /// Each of these was tried on libnsgif as of libvips 8.14.1.
    static let canvases = [
        Canvas(screen: (10, 10), frames: [(0, 0, 5, 5)], size: (10, 10)),
        Canvas(screen: (10, 10), frames: [(20, 20, 10, 10)], size: (30, 30)),
        Canvas(screen: (10, 10), frames: [(0, 0, 10, 10), (20, 20, 10, 10)], size: (10, 10)),
        Canvas(screen: (10, 10), frames: [(0, 0, 0, 0)], size: (10, 10)),
        Canvas(screen: (640, 480), frames: [(0, 0, 10, 10)], size: (10, 10)),
        Canvas(screen: (800, 600), frames: [(0, 0, 10, 10), (20, 20, 10, 10)], size: (10, 10)),
        Canvas(screen: (1_920, 1_080), frames: [(0, 0, 10, 10)], size: (1_920, 1_080)),
        Canvas(screen: (2_048, 2_048), frames: [(0, 0, 10, 10)], size: (2_048, 2_048)),
        Canvas(screen: (2_049, 100), frames: [(0, 0, 10, 10)], size: (10, 10)),
        Canvas(screen: (100, 2_049), frames: [(0, 0, 10, 10)], size: (10, 10)),
    ]

    @Test("The size is the one that the decoder reports", arguments: canvases)
    func canvas(_ sample: Canvas) throws {
        let frames = sample.frames.flatMap { GIFSample.frame($0.width, $0.height, left: $0.left, top: $0.top) }
        let header = try header(of: GIFSample.screen(sample.screen.0, sample.screen.1) + frames + [0x3B])
        #expect((header.width, header.height) == sample.size)
    }

    @Test("A frame far off the screen is refused, even where the decoder would ignore it")
    func frameOutside() {
        let far = GIFSample.frame(100, 100, left: 60_000, top: 60_000)
        let error = HeaderError.limit(.axis, actual: 60_100, allowed: 32_767)
        checkRefused(GIFSample.screen(10, 10) + far + [0x3B], as: error)
        checkRefused(GIFSample.screen(10, 10) + GIFSample.frame(10, 10) + far + [0x3B], as: error)
    }

    @Test("A screen beyond the limits is refused, even where the decoder would ignore it")
    func screenTooLarge() {
        checkRefused(GIFSample.file(65_535, 65_535), as: .limit(.axis, actual: 65_535, allowed: 32_767))
    }

    @Test("A missing trailer, and rubbish behind a frame, are forgiven")
    func forgiven() throws {
        let whole = GIFSample.screen(10, 10) + GIFSample.frame(10, 10)
        #expect(try header(of: whole).frameCount == 1)
        #expect(try header(of: whole + [0, 0, 0]).frameCount == 1)
    }

    @Test("A file that ends within a frame is truncated")
    func truncated() {
        let bytes = GIFSample.screen(10, 10) + GIFSample.frame(10, 10)
        for count in 6..<bytes.count {
            checkRefused(Array(bytes.prefix(count)), as: .truncated)
        }
    }

    @Test("A file without frames, with an unknown block or an impossible code size is malformed")
    func malformed() {
        checkRefused(GIFSample.screen(8, 8) + [0x3B], as: .malformed(.gifWithoutFrame))
        checkRefused(GIFSample.screen(8, 8) + [0x42], as: .malformed(.gifBlock))
        checkRefused(GIFSample.screen(8, 8) + GIFSample.frame(8, 8, codeSize: 12), as: .malformed(.gifCodeSize))
        checkRefused(GIFSample.file(0, 8), as: .malformed(.zeroSize))
    }
}
