/// `text`, and how it is put on the picture.
extension GivenParameters {
    private static let captionParameters: [RecipeParameter] = [
        .captionSize, .captionFont, .captionColor, .captionWidth, .captionX, .captionY, .captionGravity,
        .captionPadding, .captionOpacity,
    ]

    func caption() throws(RecipeError) -> Caption? {
        guard let (name, value) = values[.caption] else {
            for parameter in Self.captionParameters {
                if let (name, _) = values[parameter] { throw RecipeError(name, "\(name) goes with text.") }
            }
            return nil
        }
        guard value.utf8.count <= Caption.byteCountMax, value.unicodeScalars.allSatisfy(Self.isWritable),
            value.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
        else {
            throw .value(
                name,
                mustBe: "text of at most \(Caption.byteCountMax) bytes, without control characters but line feeds")
        }
        var caption = Caption(value)
        if let (name, value) = values[.captionSize] {
            caption.size = try integer(name, value, in: Caption.sizes, unit: " pixels")
        }
        if let (name, value) = values[.captionFont] { caption.font = try captionFont(name, value) }
        if let (name, value) = values[.captionColor] { caption.color = try color(name, value) }
        if let (name, value) = values[.captionWidth] { caption.width = try share(name, value, atLeast: 1) }
        if let (name, value) = values[.captionX] { caption.left = try share(name, value, atLeast: 0) }
        if let (name, value) = values[.captionY] { caption.top = try share(name, value, atLeast: 0) }
        if let (name, value) = values[.captionGravity] { caption.gravity = try compass(name, value) }
        if let (name, value) = values[.captionPadding] {
            caption.padding = try integer(name, value, in: 0...Recipe.sideMax, unit: " pixels")
        }
        if let (name, value) = values[.captionOpacity] { caption.opacity = try integer(name, value, in: 0...100) }
        return caption
    }

    private static func isWritable(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar.properties.generalCategory != .control
    }

    private func captionFont(_ name: String, _ value: String) throws(RecipeError) -> CaptionFont {
        if let font = CaptionFont(rawValue: value) { return font }
        switch value {
        case "sans-serif": return .sans
        case "bold", "sans,bold", "sans-serif,bold", "sans-serif-bold": return .sansBold
        case "monospace": return .mono
        default: throw .value(name, mustBe: "sans, sans-bold, serif or mono")
        }
    }
}
