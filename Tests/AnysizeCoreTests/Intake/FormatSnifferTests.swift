import AnysizeCore
import Testing

@Suite("Sniffing formats")
struct FormatSnifferTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var head: [UInt8]
        var format: ImageFormat?

        init(_ name: String, _ head: [UInt8], _ format: ImageFormat?) {
            testDescription = name
            self.head = head
            self.format = format
        }
    }

    static let accepted = [
        Case("JPEG", [0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
        Case("PNG", PNGSample.signature, .png),
        Case("GIF87a", Array("GIF87a".utf8), .gif),
        Case("GIF89a", Array("GIF89a".utf8), .gif),
        Case("WebP", Array("RIFF\0\0\0\0WEBP".utf8), .webp),
        Case("AVIF", fileType("avif"), .avif),
        Case("AVIF behind mif1", fileType("mif1", "mif1", "avif"), .avif),
        Case("AVIF sequence with a still", fileType("avis", "avis", "avif"), .avif),
        Case("HEIC", fileType("heic"), .heic),
        Case("10-bit HEIC", fileType("heix"), .heic),
        Case("HEIC behind mif1", fileType("mif1", "mif1", "heic"), .heic),
        Case("HEIC sequence with a still", fileType("hevc", "msf1", "heic"), .heic),
        Case("HEIC that mentions AVIF", fileType("heic", "avif"), .heic),
        Case("both behind mif1", fileType("mif1", "avif", "heic"), .avif),
        Case("TIFF, little-endian", [0x49, 0x49, 0x2A, 0x00, 8, 0, 0, 0], .tiff),
        Case("TIFF, big-endian", [0x4D, 0x4D, 0x00, 0x2A, 0, 0, 0, 8], .tiff),
        Case("BigTIFF, little-endian", [0x49, 0x49, 0x2B, 0x00, 8, 0, 0, 0], .tiff),
        Case("BigTIFF, big-endian", [0x4D, 0x4D, 0x00, 0x2B, 0, 8, 0, 0], .tiff),
        Case("JPEG XL", [0xFF, 0x0A], .jxl),
        Case("JPEG XL in boxes", [0, 0, 0, 12] + Array("JXL \r\n".utf8) + [0x87, 0x0A], .jxl),
        Case("PDF", Array("%PDF-1.7\n".utf8), .pdf),
        Case("SVG", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), .svg),
        Case("SVG without attributes", Array("<svg>".utf8), .svg),
        Case("SVG with a prefix", Array("<s:svg xmlns:s='http://www.w3.org/2000/svg'>".utf8), .svg),
        Case("SVG behind a byte order mark", [0xEF, 0xBB, 0xBF] + Array("\n <svg\n>".utf8), .svg),
        Case(
            "SVG behind all that may come before it",
            Array(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- <html> it isn't -->
                <?xml-stylesheet href="a.css"?>
                <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a>b" [
                    <!ENTITY quoted "<html> ]>"> <!-- it's ]> --> <!ENTITY % other 'x"'>
                ]>
                <svg width="1">
                """.utf8), .svg),
    ]

    static let refused = [
        Case("nothing", [], nil),
        Case("one byte", [0xFF], nil),
        Case("start of image alone", [0xFF, 0xD8], nil),
        Case("GIF of no known version", Array("GIF90a".utf8), nil),
        Case("WAVE", Array("RIFF\0\0\0\0WAVE".utf8), nil),
        Case("a camera's raw file that begins like TIFF", [0x49, 0x49, 0x52, 0x4F, 8, 0, 0, 0], nil),
        Case("BMP", Array("BM\0\0\0\0".utf8), nil),
        Case("gzip, with or without an SVG in it", [0x1F, 0x8B, 0x08, 0x00], nil),
        Case("SVG in UTF-16", "<svg>".utf16.flatMap { [UInt8($0), 0] }, nil),
        Case("HTML with an SVG in it", Array("<!DOCTYPE html><html><svg></svg></html>".utf8), nil),
        Case("SVG in a comment", Array("<!-- <svg> --><html>".utf8), nil),
        Case("SVG in an entity", Array("<!DOCTYPE a [<!ENTITY b '<svg>'>]><a>".utf8), nil),
        Case("a name that only begins like SVG", Array("<svgs>".utf8), nil),
        Case("SVG in capitals, which XML doesn't know", Array("<SVG>".utf8), nil),
        Case("text before an SVG", Array("x<svg>".utf8), nil),
        Case("a comment that never ends", Array("<!-- <svg>".utf8), nil),
        Case("JPEG 2000", [0, 0, 0, 12] + Array("jP  \r\n".utf8), nil),
        Case("PDF behind a line of something else", Array("junk\n%PDF-1.7".utf8), nil),
        Case("PostScript", Array("%!PS-Adobe-3.0 EPSF".utf8), nil),
        Case("Photoshop", Array("8BPS\0\u{1}".utf8), nil),
        Case("icon", [0, 0, 1, 0, 1, 0], nil),
        Case("QuickTime", fileType("qt  "), nil),
        Case("MP4", fileType("isom", "isom", "mp42"), nil),
        Case("AVIF sequence alone", fileType("avis", "avis", "msf1"), nil),
        Case("HEIC sequence alone", fileType("hevc", "hevc", "msf1"), nil),
        Case("mif1 alone", fileType("mif1", "mif1"), nil),
        Case("a brand behind the end of the box", fileType("mif1") + Array("heic".utf8), nil),
        Case("a box too small for brands", big(8, 4) + Array("ftyp".utf8), nil),
    ]

    @Test("The first bytes name the format", arguments: accepted)
    func accepts(_ sample: Case) {
        #expect(format(of: sample.head) == sample.format)
    }

    @Test("What isn't on the list has no format", arguments: refused)
    func refuses(_ sample: Case) {
        #expect(format(of: sample.head) == nil)
        checkRefused(sample.head, as: .unsupportedFormat)
    }

    @Test("What only a setting lets in is refused by its name without", arguments: accepted)
    func namesWhatIsOff(_ sample: Case) throws {
        let format = try #require(sample.format)
        guard ImageFormat.extra.contains(format) else { return }
        checkRefused(sample.head, as: .formatIsOff(format))
        let others = ImageFormat.extra.filter { $0 != format }
        checkRefused(sample.head, as: .formatIsOff(format), limits: HeaderLimits(extraFormats: Set(others)))
    }

    @Test("The promised number of first bytes gives the same answer as the whole file", arguments: accepted + refused)
    func headIsEnough(_ sample: Case) {
        let whole = sample.head + [UInt8](repeating: 0, count: 2 * FormatSniffer.byteCountNeeded)
        #expect(format(of: whole) == format(of: Array(whole.prefix(FormatSniffer.byteCountNeeded))))
    }

    @Test("No prefix of a file names another format than the file", arguments: accepted)
    func prefixes(_ sample: Case) {
        for count in 0..<sample.head.count {
            let format = format(of: Array(sample.head.prefix(count)))
            #expect(format == nil || format == sample.format)
        }
    }

    private func format(of head: [UInt8]) -> ImageFormat? {
        head.withUnsafeBytes { FormatSniffer.format(of: $0) }
    }

    private static func fileType(_ brands: String...) -> [UInt8] {
        let compatible = brands.count > 1 ? Array(brands.dropFirst()) : brands
        return HEIFSample.box("ftyp", Array(brands[0].utf8) + big(0, 4) + compatible.flatMap { Array($0.utf8) })
    }
}

@Suite("Formats")
struct ImageFormatTests {
    @Test(
        "Each format has its registered media type and usual extension",
        arguments: [
            (ImageFormat.jpeg, "image/jpeg", "jpg"), (.png, "image/png", "png"), (.webp, "image/webp", "webp"),
            (.avif, "image/avif", "avif"), (.gif, "image/gif", "gif"), (.heic, "image/heic", "heic"),
            (.tiff, "image/tiff", "tiff"), (.svg, "image/svg+xml", "svg"), (.jxl, "image/jxl", "jxl"),
            (.pdf, "application/pdf", "pdf"),
        ]
    )
    func names(_ format: ImageFormat, _ mediaType: String, _ fileExtension: String) {
        #expect(format.mediaType == mediaType)
        #expect(format.fileExtension == fileExtension)
    }

    @Test("Only JPEG can't be transparent, and HEIC and the extra formats aren't written")
    func abilities() {
        #expect(ImageFormat.allCases.filter { !$0.hasAlpha } == [.jpeg])
        #expect(ImageFormat.allCases.filter { !$0.isOutput } == [.heic] + ImageFormat.extra)
    }
}
