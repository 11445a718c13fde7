import AnysizeCore
import Testing

@Suite("JPEG headers")
struct JPEGHeaderTests {
    @Test("A baseline file gives size, depth and counts")
    func baseline() throws {
        let header = try header(of: JPEGSample.file(640, 480, extra: JPEGSample.segment(0xE1, [1, 2, 3])))
        #expect(header.format == .jpeg)
        #expect((header.width, header.height) == (640, 480))
        #expect(header.hasAlpha == false)
        #expect(header.bitDepth == 8)
        #expect(header.channelCount == 3)
        #expect(!header.isProgressive)
        #expect(header.segmentCount == 3)
        #expect(header.scanCount == 1)
        #expect(header.metadataByteCount == 3)
    }

    @Test("Progressive frames, and scans of single components, need the whole picture")
    func wholePicture() throws {
        #expect(try header(of: JPEGSample.file(marker: 0xC2)).isProgressive)
        let oneByOne = JPEGSample.start + JPEGSample.frame(8, 8) + JPEGSample.scan(components: 1) + JPEGSample.end
        #expect(try header(of: oneByOne).isProgressive)
        let grey = JPEGSample.start + JPEGSample.frame(8, 8, components: 1) + JPEGSample.scan(components: 1)
        #expect(try !header(of: grey).isProgressive)
    }

    @Test("The picture ends at its end marker, whatever stands behind it")
    func trailers() throws {
        let bytes = JPEGSample.file() + JPEGSample.file(9_000, 9_000, scanCount: 100)
        let header = try header(of: bytes)
        #expect(header.width == 8)
        #expect(header.scanCount == 1)
    }

    @Test("A thumbnail inside a segment doesn't count")
    func thumbnail() throws {
        let thumbnail = JPEGSample.segment(0xE1, JPEGSample.file(160, 120, scanCount: 3))
        #expect(try header(of: JPEGSample.file(640, 480, extra: thumbnail)).scanCount == 1)
    }

    @Test("Fill bytes and stray bytes before a marker are passed over")
    func fillBytes() throws {
        let bytes = JPEGSample.start + [0xFF, 0xFF, 0x00, 0x42] + Array(JPEGSample.file(12, 34).dropFirst(2))
        #expect(try header(of: bytes).width == 12)
    }

    @Test("A file that ends after its first scan has begun is left to the decoder")
    func endsInScan() throws {
        let bytes = JPEGSample.file(640, 480, scanCount: 2)
        let headCount = JPEGSample.start.count + JPEGSample.frame(640, 480).count
        let firstScanCount = JPEGSample.scan().count
        for count in (headCount + firstScanCount)..<bytes.count {
            #expect(try header(of: Array(bytes.prefix(count))).width == 640)
        }
    }

    @Test("A file that ends before its first scan is truncated")
    func truncated() {
        let bytes = JPEGSample.file(extra: JPEGSample.segment(0xFE, [1, 2, 3]))
        let headCount = bytes.count - JPEGSample.end.count - 7  // the scan's seven bytes of data
        for count in 3..<headCount {
            checkRefused(Array(bytes.prefix(count)), as: .truncated)
        }
    }

    @Test(
        "Codings that no decoder of ours reads are refused",
        arguments: [0xC3, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE, 0xDF] as [UInt8]
    )
    func codings(_ marker: UInt8) {
        checkRefused(JPEGSample.file(marker: marker), as: .malformed(.jpegCoding))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fault: HeaderFault
        var bytes: [UInt8]
    }

    static let malformed = [
        Case(testDescription: "no width", fault: .zeroSize, bytes: JPEGSample.file(0, 8)),
        Case(testDescription: "height to be told later", fault: .zeroSize, bytes: JPEGSample.file(8, 0)),
        Case(
            testDescription: "12 bits", fault: .jpegSampleDepth,
            bytes: JPEGSample.start + JPEGSample.frame(8, 8, marker: 0xC1, depth: 12) + JPEGSample.scan()
        ),
        Case(
            testDescription: "two components", fault: .jpegComponents,
            bytes: JPEGSample.start + JPEGSample.frame(8, 8, components: 2) + JPEGSample.scan()
        ),
        Case(
            testDescription: "frame header of the wrong length", fault: .jpegFrame,
            bytes: JPEGSample.start + JPEGSample.segment(0xC0, [8, 0, 8, 0, 8, 3, 1]) + JPEGSample.scan()
        ),
        Case(
            testDescription: "frame header too short", fault: .jpegSegment,
            bytes: JPEGSample.start + JPEGSample.segment(0xC0, [8, 0]) + JPEGSample.scan()
        ),
        Case(
            testDescription: "segment shorter than its length field", fault: .jpegSegment,
            bytes: JPEGSample.start + [0xFF, 0xE0, 0, 1] + JPEGSample.scan()
        ),
        Case(
            testDescription: "two frames", fault: .jpegMarker,
            bytes: JPEGSample.start + JPEGSample.frame(8, 8) + JPEGSample.frame(8, 8) + JPEGSample.scan()
        ),
        Case(
            testDescription: "two starts", fault: .jpegMarker,
            bytes: JPEGSample.start + JPEGSample.file()
        ),
        Case(
            testDescription: "scan before frame", fault: .jpegWithoutFrame,
            bytes: JPEGSample.start + JPEGSample.scan() + JPEGSample.frame(8, 8)
        ),
        Case(
            testDescription: "no scan", fault: .jpegWithoutScan,
            bytes: JPEGSample.start + JPEGSample.frame(8, 8) + JPEGSample.end
        ),
    ]

    @Test("A header that contradicts itself is malformed", arguments: malformed)
    func isMalformed(_ sample: Case) {
        checkRefused(sample.bytes, as: .malformed(sample.fault))
    }
}
