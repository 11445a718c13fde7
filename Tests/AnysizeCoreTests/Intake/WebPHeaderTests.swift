import AnysizeCore
import Testing

@Suite("WebP headers")
struct WebPHeaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var hasAlpha: Bool
    }

    static let stills = [
        Case(testDescription: "lossy", bytes: WebPSample.riff(WebPSample.lossy(30, 20)), hasAlpha: false),
        Case(testDescription: "lossless", bytes: WebPSample.riff(WebPSample.lossless(30, 20)), hasAlpha: false),
        Case(
            testDescription: "lossless with alpha",
            bytes: WebPSample.riff(WebPSample.lossless(30, 20, hasAlpha: true)), hasAlpha: true
        ),
        Case(
            testDescription: "extended",
            bytes: WebPSample.riff(WebPSample.canvas(30, 20) + WebPSample.lossy(30, 20)), hasAlpha: false
        ),
        Case(
            testDescription: "extended with alpha",
            bytes: WebPSample.riff(WebPSample.canvas(30, 20, flags: 0x10) + WebPSample.lossy(30, 20)), hasAlpha: true
        ),
    ]

    @Test("Each kind of still gives its size and alpha", arguments: stills)
    func still(_ sample: Case) throws {
        let header = try header(of: sample.bytes)
        #expect((header.width, header.height) == (30, 20))
        #expect(header.hasAlpha == sample.hasAlpha)
        #expect(header.frameCount == 1)
    }

    @Test("Frames of an animation are counted")
    func animation() throws {
        let header = try header(of: WebPSample.animation(30, 20, frameCount: 5))
        #expect((header.width, header.height) == (30, 20))
        #expect(header.frameCount == 5)
    }

    @Test("Profiles, EXIF and XMP are metadata")
    func metadata() throws {
        let chunks = ["ICCP", "EXIF", "XMP "].flatMap { WebPSample.chunk($0, [1, 2, 3]) }
        let bytes = WebPSample.riff(WebPSample.canvas(8, 8) + chunks + WebPSample.lossy(8, 8))
        #expect(try header(of: bytes).metadataByteCount == 9)
    }

    @Test("Bytes behind the container don't matter")
    func trailer() throws {
        #expect(try header(of: WebPSample.riff(WebPSample.lossy(8, 8)) + [1, 2, 3]).width == 8)
    }

    @Test("A file shorter than its container is truncated", arguments: stills)
    func truncated(_ sample: Case) {
        for count in 12..<sample.bytes.count {
            checkRefused(Array(sample.bytes.prefix(count)), as: .truncated)
        }
    }

    static let malformed: [(HeaderFault, [UInt8])] = [
        (.webpWithoutImage, WebPSample.riff([])),
        (.webpWithoutImage, WebPSample.riff(WebPSample.canvas(8, 8))),
        (.webpWithoutImage, WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.frame(8, 8, image: []))),
        (.webpChunk, WebPSample.riff(Array("VP8 ".utf8) + little(1_000, 4))),
        (.webpChunk, WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.canvas(8, 8))),
        (.webpBitstream, WebPSample.riff(WebPSample.chunk("VP8 ", [1, 0, 0, 0x9D, 0x01, 0x2A, 8, 0, 8, 0]))),
        (.webpBitstream, WebPSample.riff(WebPSample.chunk("VP8 ", [0, 0, 0, 0, 0, 0, 8, 0, 8, 0]))),
        (.webpBitstream, WebPSample.riff(WebPSample.chunk("VP8 ", [0, 0]))),
        (.webpBitstream, WebPSample.riff(WebPSample.chunk("VP8L", [0x2E, 0, 0, 0, 0]))),
        (.webpBitstream, WebPSample.riff(WebPSample.chunk("VP8L", [0x2F, 0, 0, 0, 0x20]))),
        (.zeroSize, WebPSample.riff(WebPSample.lossy(0, 8))),
        (.webpFrame, WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.lossy(9, 8))),
        (.webpFrame, WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.frame(8, 8, left: 2))),
        (.webpFrame, WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.frame(4, 4, image: WebPSample.lossy(8, 8)))),
        (.webpFrame, WebPSample.riff(WebPSample.frame(8, 8))),
    ]

    @Test("A header that contradicts itself is malformed", arguments: malformed)
    func isMalformed(_ fault: HeaderFault, _ bytes: [UInt8]) {
        checkRefused(bytes, as: .malformed(fault))
    }
}
