extension SettledRecipe {
    /// What is tried beside a format, to see what is smallest.
    package struct OtherFormats: Hashable, Sendable, Codable {
        /// PNG or WebP, without loss: for drawings, and for what is tiny.
        package var lossless: ImageFormat?
        /// JPEG or PNG at its usual quality, of an animation GIF.
        package var plain: ImageFormat?

        /// Pixels up to which a result is tiny: 128 by 128.
        package static let tinyPixelCountMax = 16_384

        package init(lossless: ImageFormat? = nil, plain: ImageFormat? = nil) {
            self.lossless = lossless
            self.plain = plain
        }

        package var isEmpty: Bool { lossless == nil && plain == nil }
        /// As they follow the first one's name in a recipe.
        package var all: [ImageFormat] { [lossless, plain].compactMap { $0 } }
    }
}
