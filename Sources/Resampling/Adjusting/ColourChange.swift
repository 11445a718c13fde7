import Foundation

/// What happens to the colours of a picture, each pixel by itself, in the order of the properties. Alpha stays as it is.
package struct ColourChange: Hashable, Sendable {
    /// What sRGB codes are multiplied by; 1 changes nothing.
    package var brightness = 1.0
    /// By how much codes move away from the middle of the scale, or towards it; 1 changes nothing.
    package var contrast = 1.0
    /// What chroma is multiplied by, at the same lightness; 1 changes nothing.
    package var saturation = 1.0
    /// By how far hues turn, at the same lightness and chroma.
    package var hueDegrees = 0.0
    /// Codes, as shares of the scale, are raised to its reciprocal: above 1 the middle gets brighter.
    package var gamma = 1.0
    /// Whether only luminance is left.
    package var isGrayscale = false
    package var tint: Tint?
    package var isInverted = false

    /// A hue and chroma for all pixels, which keep their lightness.
    package struct Tint: Hashable, Sendable {
        package var red: UInt8
        package var green: UInt8
        package var blue: UInt8
        /// From 0, not at all, to 1, nothing left of other hues.
        package var strength: Double

        package init(red: UInt8, green: UInt8, blue: UInt8, strength: Double) {
            self.red = red
            self.green = green
            self.blue = blue
            self.strength = strength
        }
    }

    package init() {}

    /// The channels of the result: gray where only luminance is left, three where a tint brings colour.
    package func channels(of source: PictureShape.Channels) -> PictureShape.Channels {
        if tint != nil { return source.hasAlpha ? .rgba : .rgb }
        if isGrayscale { return source.hasAlpha ? .grayAlpha : .gray }
        return source
    }

    /// Whether each sample changes without regard to the others of its pixel.
    func isPerSample(_ source: PictureShape.Channels) -> Bool {
        let isColoured = source == .rgb || source == .rgba
        return tint == nil && (!isColoured || (saturation == 1 && hueDegrees == 0 && !isGrayscale))
    }

    /// A code, as a share of the scale, after brightness and contrast. May be above 1, so that what follows has something to
    /// bring back.
    func levelled(_ code: Double) -> Double { max(0, (code * brightness - 0.5) * contrast + 0.5) }

    func gammaCorrected(_ code: Double) -> Double { gamma == 1 ? code : pow(code, 1 / gamma) }
}
