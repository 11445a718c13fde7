import AnysizeCore
import Testing

@Suite("PNG headers")
struct PNGHeaderTests {
    @Test(
        "Colour type and depth give alpha, depth and channels",
        arguments: [
            (UInt8(0), UInt8(1), false, 1, 1), (0, 16, false, 16, 1), (2, 8, false, 8, 3), (3, 4, false, 8, 3),
            (4, 8, true, 8, 2), (6, 16, true, 16, 4),
        ]
    )
    func colours(_ colour: UInt8, _ depth: UInt8, _ hasAlpha: Bool, _ bitDepth: Int, _ channelCount: Int) throws {
        let palette = PNGSample.chunk("PLTE", [0, 0, 0])
        let header = try header(of: PNGSample.file(30, 20, depth: depth, colour: colour, extra: palette))
        #expect((header.width, header.height) == (30, 20))
        #expect(header.hasAlpha == hasAlpha)
        #expect(header.bitDepth == bitDepth)
        #expect(header.channelCount == channelCount)
        #expect(!header.isProgressive)
        #expect(header.chunkCount == 4)
    }

    @Test("A transparency chunk is alpha")
    func transparency() throws {
        let header = try header(of: PNGSample.file(colour: 2, extra: PNGSample.chunk("tRNS", [0, 0, 0, 0, 0, 0])))
        #expect(header.hasAlpha == true)
        #expect(header.channelCount == 4)
    }

    @Test("An interlaced file needs the whole picture")
    func interlaced() throws {
        #expect(try header(of: PNGSample.file(interlace: 1)).isProgressive)
    }

    @Test("An animated file is read as a still, whatever number of frames it claims")
    func animated() throws {
        let control = PNGSample.chunk("acTL", big(0x7FFF_FFFF, 4) + big(0, 4))
        #expect(try header(of: PNGSample.file(extra: control)).frameCount == 1)
    }

    @Test("Profiles and texts are metadata", arguments: ["iCCP", "tEXt", "zTXt", "iTXt", "eXIf"])
    func metadata(_ type: String) throws {
        #expect(try header(of: PNGSample.file(extra: PNGSample.chunk(type, [1, 2, 3, 4, 5]))).metadataByteCount == 5)
    }

    @Test("Chunks to be ignored may stand before the header, as decoders allow")
    func ancillaryFirst() throws {
        let rest = PNGSample.file(12, 34).dropFirst(8)
        #expect(try header(of: PNGSample.signature + PNGSample.chunk("abCd") + rest).width == 12)
        checkRefused(PNGSample.signature + PNGSample.chunk("IDAT") + rest, as: .malformed(.pngHeader))
    }

    @Test("A size beyond the limits is told before anything else that is wrong")
    func sizeFirst() {
        let bytes = PNGSample.signature + PNGSample.header(100_000, 1, depth: 77)
        checkRefused(bytes, as: .limit(.axis, actual: 100_000, allowed: 32_767))
    }

    @Test("A file that ends before its last chunk is truncated")
    func truncated() {
        let bytes = PNGSample.file()
        for count in 8..<bytes.count {
            checkRefused(Array(bytes.prefix(count)), as: .truncated)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fault: HeaderFault
        var bytes: [UInt8]
    }

    static let malformed = [
        Case(testDescription: "no width", fault: .zeroSize, bytes: PNGSample.file(0, 8)),
        Case(testDescription: "no height", fault: .zeroSize, bytes: PNGSample.file(8, 0)),
        Case(testDescription: "unknown colour type", fault: .pngHeader, bytes: PNGSample.file(colour: 5)),
        Case(testDescription: "impossible depth", fault: .pngHeader, bytes: PNGSample.file(depth: 4, colour: 2)),
        Case(testDescription: "unknown interlace", fault: .pngHeader, bytes: PNGSample.file(interlace: 2)),
        Case(testDescription: "palette missing", fault: .pngWithoutPalette, bytes: PNGSample.file(colour: 3)),
        Case(
            testDescription: "two headers", fault: .pngHeader,
            bytes: PNGSample.file(extra: PNGSample.header(8, 8))
        ),
        Case(
            testDescription: "header of the wrong length", fault: .pngHeader,
            bytes: PNGSample.signature + PNGSample.chunk("IHDR", [0, 0, 0, 1]) + PNGSample.chunk("IEND")
        ),
        Case(
            testDescription: "no header", fault: .pngHeader,
            bytes: PNGSample.signature + PNGSample.chunk("IEND")
        ),
        Case(
            testDescription: "no data", fault: .pngWithoutData,
            bytes: PNGSample.signature + PNGSample.header(8, 8) + PNGSample.chunk("IEND")
        ),
        Case(
            testDescription: "chunk name that isn't letters", fault: .pngChunk,
            bytes: PNGSample.file(extra: PNGSample.chunk("a1Cd"))
        ),
        Case(
            testDescription: "negative chunk length", fault: .pngChunk,
            bytes: PNGSample.signature + PNGSample.header(8, 8) + big(0x8000_0000, 4) + Array("IDAT".utf8)
        ),
    ]

    @Test("A header that contradicts itself is malformed", arguments: malformed)
    func isMalformed(_ sample: Case) {
        checkRefused(sample.bytes, as: .malformed(sample.fault))
    }
}
