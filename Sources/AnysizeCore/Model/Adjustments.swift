/// What is done to colours and details once a picture has its size, in the order of the properties. Every default changes
/// nothing.
package struct Adjustments: Hashable, Sendable, Codable {
    /// Percent, -100 to 100: sRGB values are multiplied by 1 + a hundredth of it.
    package var brightness = 0
    /// Percent, -100 to 100: distances from middle gray are multiplied likewise.
    package var contrast = 0
    /// Percent, -100 to 100: chroma is multiplied likewise.
    package var saturation = 0
    /// Degrees, 0 to 359.
    package var hue = 0
    /// 0.1 to 10; above 1 is brighter.
    package var gamma = 1.0
    package var isGrayscale = false
    /// A hue for the whole picture; its alpha is the strength.
    package var tint: Color?
    package var isInverted = false
    /// Sigma of a Gaussian in pixels of the result: 0, or ``blurMin`` to ``blurMax``.
    package var blur = 0.0
    /// Percent, 0 to 100.
    package var sharpen = 0
    /// The side of a square of one colour, in pixels of the result; 0 for none.
    package var pixelate = 0

    package init() {}

    package static let none = Adjustments()

    /// Sigmas below it change no pixel that anyone could see.
    package static let blurMin = 0.3
    /// From here on pictures of any size are flat.
    package static let blurMax = 1000.0
    package static let pixelateMax = 1000

    package var isNone: Bool { self == .none }

    package var changesColours: Bool {
        var colours = self
        (colours.blur, colours.sharpen, colours.pixelate) = (0, 0, 0)
        return !colours.isNone
    }
}

extension Adjustments {
    /// For one original: lengths in pixels of the result, and gone what makes no difference.
    /// - Parameter dpr: pixels of the result for each pixel that the caller reckons in.
    func settled(dpr: Double, isGray: Bool) -> Adjustments {
        var settled = self
        let sigma = (min(Self.blurMax, blur * dpr) * 100).rounded() / 100
        settled.blur = sigma < Self.blurMin ? 0 : sigma
        let block = min(Self.pixelateMax, Int((Double(pixelate) * dpr).rounded()))
        settled.pixelate = block < 2 ? 0 : block
        if isGray { (settled.saturation, settled.hue, settled.isGrayscale) = (0, 0, false) }
        if tint?.alpha == 0 { settled.tint = nil }
        return settled
    }

    /// As parameters, those that change nothing left out. By the short names, of which some take values that the long ones don't.
    var parts: [String] {
        var parts: [String] = []
        if blur != 0 { parts.append("blur=\(DecimalText.print(blur))") }
        if brightness != 0 { parts.append("bri=\(brightness)") }
        if contrast != 0 { parts.append("con=\(contrast)") }
        if gamma != 1 { parts.append("gamma=\(DecimalText.print(gamma))") }
        if isGrayscale { parts.append("grayscale=1") }
        if hue != 0 { parts.append("hue=\(hue)") }
        if isInverted { parts.append("invert=1") }
        if pixelate != 0 { parts.append("pixelate=\(pixelate)") }
        if saturation != 0 { parts.append("sat=\(saturation)") }
        if sharpen != 0 { parts.append("sharp=\(sharpen)") }
        if let tint { parts.append("tint=\(tint.text)") }
        return parts
    }
}
