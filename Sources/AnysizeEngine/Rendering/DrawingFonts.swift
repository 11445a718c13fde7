import AnysizeCore
import NIOCore
import Synchronization
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The fonts that texts in drawings are set in, and those in pages that don't bring their own: DejaVu Sans, Sans Bold, Serif and Sans Mono,
/// whatever a file names.
///
/// A helper can open no file once it is shut in. So each font is loaded before, by drawing with it, and no other is known: what a drawing asks
/// for beyond is slanted and thickened from these four, on every machine in the same way. The libraries hold ten fonts and no more, these and
/// those of captions.
///
/// Pages load theirs anew for each file. A helper that takes PDF may therefore go on to read the fonts' files, and nothing else; nobody thickens
/// letters there, so Serif Bold and Sans Mono Bold join.
enum DrawingFonts {
    private static let folder = "/usr/share/fonts/truetype/dejavu"
    private static let families = [
        ("DejaVu Sans", "normal"), ("DejaVu Sans", "bold"), ("DejaVu Serif", "normal"), ("DejaVu Sans Mono", "normal"),
    ]

    /// The files of the four, and of the two more that pages need.
    static func paths(for formats: Set<ImageFormat>) -> [String] {
        let names = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono"]
        let bold = ["DejaVuSerif-Bold", "DejaVuSansMono-Bold"]
        return (names + (formats.contains(.pdf) ? bold : [])).map { "\(folder)/\($0).ttf" }
    }

    /// The formats that need them.
    static let formats: Set<ImageFormat> = [.svg, .pdf]

    /// Of ``sample(_:)``, as it looked when it was drawn first.
    private static let firstLooks = Mutex<[ImageFormat: [UInt8]]>([:])

    /// Starts libvips with these formats let through, lets the libraries under it know of these fonts alone, and draws with each. Before any
    /// of them was asked for a font.
    static func load(for formats: Set<ImageFormat>) throws {
        let paths = paths(for: formats)
        guard paths.allSatisfy({ FileManager.default.fileExists(atPath: $0) }) else {
            throw RenderError.failed(cause: "drawings need the fonts of fonts-dejavu-core, which aren't there")
        }
        let globs = paths.map { "<glob>\($0)</glob>" }.joined()
        // The rules beside it know which family stands in for which, and how to slant.
        let rules = """
            <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
            <fontconfig><dir>\(folder)</dir><cachedir>/var/cache/fontconfig</cachedir>
            <include ignore_missing="yes">/etc/fonts/conf.d</include>
            <selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>\(globs)</acceptfont></selectfont>
            </fontconfig>
            """
        let file = FileManager.default.temporaryDirectory.appending(path: "anysize-fonts-\(getpid()).conf").path
        try Data(rules.utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        setenv("FONTCONFIG_FILE", file, 1)
        try Vips.start(.uploads(extra: Set(formats.map(\.loader))))
        try check(for: formats)
    }

    /// - Throws: where texts of one of the formats don't look as they did the first time.
    static func check(for formats: Set<ImageFormat>) throws {
        for format in formats where !areAtHand(for: format) {
            throw RenderError.failed(cause: "\(format.name) can't use the fonts of fonts-dejavu-core")
        }
    }

    /// Whether texts look as they did the first time. Of drawings, the libraries keep some hundred fonts and sizes, and forget those that were
    /// not used for the longest time; what is forgotten can't be loaded again. Of pages they keep none, and see the files each time.
    static func areAtHand(for format: ImageFormat) -> Bool {
        guard let sample = sample(format) else { return true }
        let look = Vips.job {
            sample.withUnsafeReadableBytes { bytes in
                do throws(VipsError) { return try Image.load(bytes, as: format.loader).drawn().pixels() } catch {
                    return []
                }
            }
        }
        return firstLooks.withLock { first in
            if first[format] == nil { first[format] = look }
            return !look.isEmpty && first[format] == look
        }
    }

    /// A file with a word in each font; nil for formats without.
    static func sample(_ format: ImageFormat) -> ByteBuffer? {
        switch format {
        case .svg: drawing
        case .pdf: page
        default: nil
        }
    }

    /// Has a picture inside, too: what reads that looks for files of its own at first.
    private static let drawing: ByteBuffer = {
        let texts = families.enumerated().map { index, font in
            "<text y='\(10 + 12 * index)' font-family='\(font.0)' font-weight='\(font.1)' font-size='10'>Rá,</text>"
        }
        let png = Data(SamplePicture.png.readableBytesView).base64EncodedString()
        return ByteBuffer(
            string: """
                <svg xmlns='http://www.w3.org/2000/svg' width='32' height='56'>\(texts.joined())
                <image y='48' width='16' height='8' href='data:image/png;base64,\(png)'/></svg>
                """)
    }()

    /// Names fonts that every reader has to know, so that no file brings them along (PDF 1.7, 9.6.2.2).
    private static let page: ByteBuffer = {
        let names = ["Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Courier", "Courier-Bold"]
        let fonts = names.enumerated().map { "/F\($0) << /Type /Font /Subtype /Type1 /BaseFont /\($1) >>" }
        let texts = names.indices.map { "BT /F\($0) 10 Tf 2 \(4 + 12 * $0) Td (Rg,) Tj ET" }.joined(separator: "\n")
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            """
            << /Type /Page /Parent 2 0 R /MediaBox [0 0 32 80] /Contents 4 0 R
            /Resources << /Font << \(fonts.joined(separator: " ")) >> >> >>
            """,
            "<< /Length \(texts.utf8.count) >>\nstream\n\(texts)\nendstream",
        ]
        // Without the table of places, which readers make where there is none.
        let text = objects.enumerated().map { "\($0 + 1) 0 obj\n\($1)\nendobj\n" }.joined()
        return ByteBuffer(string: "%PDF-1.4\n\(text)trailer << /Root 1 0 R >>\n%%EOF\n")
    }()
}
