import AnysizeCore
import Testing

@Suite("Header limits")
struct HeaderLimitsTests {
    /// A file whose value for one limit can be chosen exactly.
    struct Case: Sendable, CustomTestStringConvertible {
        var limit: HeaderLimit
        var what: String
        var allowed: Int
        var path: any WritableKeyPath<HeaderLimits, Int> & Sendable
        var make: @Sendable (Int) -> [UInt8]

        var testDescription: String { "\(limit) of \(what)" }

        init(
            _ limit: HeaderLimit, _ what: String, allowed: Int,
            _ path: any WritableKeyPath<HeaderLimits, Int> & Sendable,
            make: @escaping @Sendable (Int) -> [UInt8]
        ) {
            self.limit = limit
            self.what = what
            self.allowed = allowed
            self.path = path
            self.make = make
        }
    }

    static let cases: [Case] =
        sizes + frames + [
            Case(.jpegSegmentCount, "JPEG", allowed: 40, \.jpegSegmentCountMax) { count in
                JPEGSample.file(extra: (0..<(count - 2)).flatMap { _ in JPEGSample.segment(0xED) })
            },
            Case(.jpegScanCount, "JPEG", allowed: 20, \.jpegScanCountMax) { JPEGSample.file(scanCount: $0) },
            Case(.pngChunkCount, "PNG", allowed: 40, \.pngChunkCountMax) { count in
                PNGSample.file(extra: (0..<(count - 3)).flatMap { _ in PNGSample.chunk("IDAT") })
            },
            Case(.pngChunkCount, "WebP", allowed: 40, \.pngChunkCountMax) { count in
                let chunks = (0..<(count - 2)).flatMap { _ in WebPSample.chunk("junk", []) }
                return WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.lossy(8, 8) + chunks)
            },
            Case(.heifTileCount, "AVIF", allowed: 20, \.heifTileCountMax) { HEIFSample.row(tileCount: $0).bytes() },
            Case(.heifTileCount, "AVIF with alpha", allowed: 20, \.heifTileCountMax) { count in
                // The alpha plane is a grid of three tiles beside the picture's own.
                var sample = HEIFSample.row(tileCount: count - 3)
                let plane = HEIFSample.row(tileCount: 3)
                sample.items += plane.items.map { item in
                    var item = item
                    item.id += 500
                    return item
                }
                sample.items[count - 2].properties.append(HEIFSample.alpha)
                sample.references.append(.init(type: "dimg", from: 501, to: [502, 503, 504]))
                sample.references.append(.init(type: "auxl", from: 501, to: [1]))
                return sample.bytes()
            },
        ] + metadata

    private static let sizes = [
        Case(.byteCount, "any file", allowed: 500, \.byteCountMax) { count in
            let file = JPEGSample.file()
            return file + [UInt8](repeating: 0, count: count - file.count)
        },
        Case(.axis, "width", allowed: 100, \.axisMax) { PNGSample.file($0, 1) },
        Case(.axis, "height", allowed: 100, \.axisMax) { JPEGSample.file(1, $0) },
        Case(.axis, "GIF frame", allowed: 100, \.axisMax) { right in
            GIFSample.screen(8, 8) + GIFSample.frame(8, 8, left: right - 8)
        },
        Case(.pixelCount, "JPEG", allowed: 200, \.pixelCountMax) { JPEGSample.file($0, 1) },
        Case(.pixelCount, "PNG", allowed: 200, \.pixelCountMax) { PNGSample.file($0, 1) },
        Case(.pixelCount, "GIF", allowed: 200, \.pixelCountMax) { GIFSample.file($0, 1) },
        Case(.pixelCount, "WebP", allowed: 200, \.pixelCountMax) { WebPSample.riff(WebPSample.lossless($0, 1)) },
        Case(.pixelCount, "AVIF", allowed: 200, \.pixelCountMax) { HEIFSample.still($0, 1).bytes() },
        Case(.decodedByteCount, "grey PNG", allowed: 200, \.decodedByteCountMax) { PNGSample.file($0, 1) },
        Case(.progressivePixelCount, "JPEG", allowed: 200, \.progressivePixelCountMax) {
            JPEGSample.file($0, 1, marker: 0xC2)
        },
        Case(.progressivePixelCount, "PNG", allowed: 200, \.progressivePixelCountMax) {
            PNGSample.file($0, 1, interlace: 1)
        },
    ]

    private static let frames = [
        Case(.frameCount, "GIF", allowed: 20, \.frameCountMax) { GIFSample.file(frameCount: $0) },
        Case(.frameCount, "WebP", allowed: 20, \.frameCountMax) { WebPSample.animation(frameCount: $0) },
        Case(.animationPixelCount, "GIF", allowed: 20, \.animationPixelCountMax) {
            GIFSample.file(1, 1, frameCount: $0)
        },
        Case(.animationPixelCount, "WebP", allowed: 20, \.animationPixelCountMax) {
            WebPSample.animation(1, 1, frameCount: $0)
        },
    ]

    private static let metadata = [
        Case(.metadataByteCount, "JPEG", allowed: 100, \.metadataByteCountMax) { count in
            let halves = [count / 2, count - count / 2].map { [UInt8](repeating: 0, count: $0) }
            return JPEGSample.file(extra: JPEGSample.segment(0xE1, halves[0]) + JPEGSample.segment(0xFE, halves[1]))
        },
        Case(.metadataByteCount, "PNG", allowed: 100, \.metadataByteCountMax) { count in
            PNGSample.file(extra: PNGSample.chunk("tEXt", [UInt8](repeating: 0, count: count)))
        },
        Case(.metadataByteCount, "GIF", allowed: 100, \.metadataByteCountMax) { count in
            // Three bytes are the label and the lengths.
            GIFSample.file(extra: GIFSample.comment([UInt8](repeating: 0, count: count - 3)))
        },
        Case(.metadataByteCount, "WebP", allowed: 100, \.metadataByteCountMax) { count in
            let chunk = WebPSample.chunk("EXIF", [UInt8](repeating: 0, count: count))
            return WebPSample.riff(WebPSample.canvas(8, 8) + WebPSample.lossy(8, 8) + chunk)
        },
        Case(.metadataByteCount, "AVIF", allowed: 100, \.metadataByteCountMax) { count in
            var sample = HEIFSample.still()
            sample.items.append(.init(id: 7, type: "Exif", data: [UInt8](repeating: 0, count: count)))
            return sample.bytes()
        },
    ]

    @Test("Each limit lets exactly its own value through, and one more not", arguments: cases)
    func exactly(_ sample: Case) throws {
        var limits = HeaderLimits()
        limits[keyPath: sample.path] = sample.allowed
        #expect(limits[sample.limit] == sample.allowed)
        _ = try header(of: sample.make(sample.allowed - 1), limits: limits)
        _ = try header(of: sample.make(sample.allowed), limits: limits)
        checkRefused(
            sample.make(sample.allowed + 1),
            as: .limit(sample.limit, actual: sample.allowed + 1, allowed: sample.allowed),
            limits: limits
        )
    }

    @Test("Every limit has a case above")
    func complete() {
        #expect(Set(Self.cases.map(\.limit)) == Set(HeaderLimit.allCases))
    }

    @Test("Deep samples take twice the bytes")
    func decodedBytes() throws {
        #expect(try header(of: PNGSample.file(10, 10, depth: 16, colour: 6)).decodedByteCount == 800)
        #expect(try header(of: PNGSample.file(10, 10, depth: 8, colour: 6)).decodedByteCount == 400)
        #expect(try header(of: PNGSample.file(10, 10, depth: 1)).decodedByteCount == 100)
    }

    @Test("A file beyond several limits meets them in a fixed order")
    func order() throws {
        var header = ImageHeader(format: .jpeg, byteCount: 1_000, width: 100_000, height: 100_000)
        header.frameCount = 1_000
        header.scanCount = 1_000
        var limits = HeaderLimits(byteCountMax: 999)
        var met: [HeaderLimit] = []
        while met.count < 10 {
            do throws(HeaderError) {
                try limits.check(header)
                break
            } catch {
                guard case .limit(let limit, _, _) = error else { break }
                met.append(limit)
            }
            switch met.last {
            case .byteCount: limits.byteCountMax = .max
            case .axis: limits.axisMax = .max
            case .pixelCount: limits.pixelCountMax = .max
            case .decodedByteCount: limits.decodedByteCountMax = .max
            case .frameCount: limits.frameCountMax = .max
            case .animationPixelCount: limits.animationPixelCountMax = .max
            default: limits.jpegScanCountMax = .max
            }
        }
        let expected: [HeaderLimit] = [
            .byteCount, .axis, .pixelCount, .decodedByteCount, .frameCount, .animationPixelCount, .jpegScanCount,
        ]
        #expect(met == expected)
    }

    @Test("The limits let large real pictures through")
    func generous() throws {
        _ = try header(of: JPEGSample.file(12_000, 8_000))
        _ = try header(of: HEIFSample.row(tileCount: 192).bytes())
        _ = try header(of: PNGSample.file(extra: (0..<6_500).flatMap { _ in PNGSample.chunk("IDAT") }))
    }
}
