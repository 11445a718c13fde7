import CVips

/// Letters as pictures.
extension Image {
    /// To which side lines of text are flush.
    package enum TextAlignment: Sendable {
        case left, center, right
    }

    /// Draws text: one channel, 255 where ink is, no larger than the ink. Pango lays it out, with fonts that fontconfig finds.
    /// - Parameters:
    ///   - text: taken as it is; nothing in it is markup.
    ///   - font: a family, a style and a size, as `DejaVu Sans Bold 24px`.
    ///   - width: of a line at most, in pixels; longer ones are broken, within words where they must.
    /// - Throws: where there is no ink, and where there is too much of it.
    package static func text(
        _ text: String, font: String, width: Int, alignment: TextAlignment
    ) throws(VipsError) -> Image {
        let operation = Operation("text")
        operation.set("text", escaped(text))
        operation.set("font", font)
        operation.set("width", width)
        operation.set("wrap", Int(VIPS_TEXT_WRAP_WORD_CHAR.rawValue))
        let align =
            switch alignment {
            case .left: VIPS_ALIGN_LOW
            case .center: VIPS_ALIGN_CENTRE
            case .right: VIPS_ALIGN_HIGH
            }
        operation.set("align", Int(align.rawValue))
        return try operation.image()
    }

    /// libvips takes all text for Pango's markup.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
