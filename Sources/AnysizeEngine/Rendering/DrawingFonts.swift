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

/// The fonts that texts in drawings are set in: DejaVu Sans, Sans Bold, Serif and Sans Mono, whatever a drawing names.
///
/// A helper can open no file once it is shut in. So each font is loaded before, by drawing with it, and no other is known: what a drawing asks
/// for beyond is slanted and thickened from these four, on every machine in the same way.
enum DrawingFonts {
    private static let folder = "/usr/share/fonts/truetype/dejavu"
    private static let files = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf"]
    private static let families = [
        ("DejaVu Sans", "normal"), ("DejaVu Sans", "bold"), ("DejaVu Serif", "normal"), ("DejaVu Sans Mono", "normal"),
    ]

    /// Of ``sample``, as it looked when it was drawn first.
    private static let firstLook = Mutex<[UInt8]?>(nil)

    /// Starts libvips with SVG let through, lets the libraries under it know of these fonts alone, and draws with each. Before any of
    /// them was asked for a font.
    static func load() throws {
        let paths = files.map { "\(folder)/\($0)" }
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
        try Vips.start(.uploads(extra: [.svg]))
        guard areAtHand() else { throw RenderError.failed(cause: "drawings can't use the fonts of fonts-dejavu-core") }
    }

    /// Whether texts look as they did the first time. The libraries keep some hundred fonts and sizes, and forget those that were not used
    /// for the longest time; what is forgotten can't be loaded again.
    static func areAtHand() -> Bool {
        let look = Vips.job {
            sample.withUnsafeReadableBytes { bytes in
                do throws(VipsError) { return try Image.load(bytes, as: .svg).drawn().pixels() } catch { return [] }
            }
        }
        return firstLook.withLock { first in
            if first == nil { first = look }
            return !look.isEmpty && first == look
        }
    }

    /// A drawing with a word in each font, and a picture inside: what reads that looks for files of its own at first.
    static let sample: ByteBuffer = {
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
}
