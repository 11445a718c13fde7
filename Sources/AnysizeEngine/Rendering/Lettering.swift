import AnysizeCore
import Synchronization
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Draws captions. Strangers' text goes through Pango and FreeType here, so only helpers do it; the service's libvips refuses to.
///
/// A helper can open no file once it is shut in, and each size of a font wants to see the font's file again. So every font is loaded
/// before in few sizes, text is drawn in the next larger one of them, and made smaller.
enum Lettering {
    /// Of a line, in pixels: from one to the next at most so much larger that drawing too large costs little.
    private static let sizes = [32, 96, 320]

    /// A sign of each script that is drawn with a font, or with another one that stands in for it, and one that is in none: they make
    /// all fonts load that will be wanted. Small ones, since this is part of each start.
    private static let sample = ".־،漢"

    /// Without a single font Pango ends the process.
    private static let files = DrawingFonts.paths(for: [])

    private static let ready = Atomic(false)

    /// Whether this process can draw.
    static var isReady: Bool { ready.load(ordering: .acquiring) }

    /// Loads all fonts, or learns that there are none; again, it tries whether they are still at hand, in one size of each.
    static func prepare() {
        guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0) || isReady }) else { return }
        let tried = isReady ? Array(sizes.prefix(1)) : sizes
        let works = Vips.job {
            CaptionFont.allCases.allSatisfy { font in
                tried.allSatisfy { (try? ink(sample, font, $0, width: 10_000, .left)) != nil }
            }
        }
        ready.store(works, ordering: .releasing)
    }

    private static func ink(
        _ text: String, _ font: CaptionFont, _ size: Int, width: Int, _ alignment: Image.TextAlignment
    ) throws(VipsError) -> Image {
        try .text(text, font: "\(font.family) \(size)px", width: width, alignment: alignment)
    }

    /// The ink of a caption, where it is one channel of 255 and less; nil where there is none to see.
    static func draw(_ step: RenderPlan.CaptionStep) throws(RenderError) -> Image? {
        guard isReady else { throw .failed(cause: "the fonts of fonts-dejavu-core aren't there, or can't be used") }
        let alignment: Image.TextAlignment = step.flush == 0 ? .left : step.flush == 1 ? .right : .center
        // What is too long or too high to be drawn so large is drawn smaller, and a little less sharp.
        for size in sizes[...(sizes.firstIndex { $0 >= step.size } ?? sizes.count - 1)].reversed() {
            let scale = Double(step.size) / Double(size)
            do throws(VipsError) {
                let drawn = try ink(
                    step.text, step.font, size, width: max(1, Int(Double(step.width) / scale)), alignment)
                let width = max(1, Int((Double(drawn.width) * scale).rounded()))
                let height = max(1, Int((Double(drawn.height) * scale).rounded()))
                return try Pixels.resized(drawn, width: width, height: height)
            } catch {}
        }
        return nil
    }
}

extension CaptionFont {
    /// As fontconfig knows it.
    fileprivate var family: String {
        switch self {
        case .sans: "DejaVu Sans"
        case .sansBold: "DejaVu Sans Bold"
        case .serif: "DejaVu Serif"
        case .mono: "DejaVu Sans Mono"
        }
    }
}

extension Stamp {
    /// A caption ready to be put on a picture; nil where the plan has none, or nothing is to be seen of it.
    init?(_ step: RenderPlan.CaptionStep?) throws(RenderError) {
        guard let step, let ink = try Lettering.draw(step) else { return nil }
        // What has no room is cut off at the end of the lines and of the text.
        let size = PixelSize(width: min(ink.width, step.room.width), height: min(ink.height, step.room.height))
        let pixels: [UInt8]
        do throws(VipsError) {
            pixels = try ink.extract(left: 0, top: 0, width: size.width, height: size.height).pixels()
        } catch { throw .failed(cause: error.description) }
        let place = PixelRect(
            left: step.room.left + Int(Double(step.room.width - size.width) * step.gravity.x),
            top: step.room.top + Int(Double(step.room.height - size.height) * step.gravity.y),
            width: size.width, height: size.height
        )
        self.init(of: step.color, ink: pixels, at: place)
    }

    /// One colour, as dense as there is ink.
    private init(of color: Color, ink: [UInt8], at place: PixelRect) {
        let isGray = color.red == color.green && color.green == color.blue
        let channels = isGray ? [color.red] : [color.red, color.green, color.blue]
        let bands = channels.count + 1
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ink.count * bands, alignment: 64)
        for (index, density) in ink.enumerated() {
            for (band, value) in channels.enumerated() { memory[index * bands + band] = value }
            memory[index * bands + bands - 1] = density
        }
        self.init(memory, bands: bands, at: place, opacity: Double(color.alpha) / 255)
    }
}
