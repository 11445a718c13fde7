import AnysizeCore
import Vips

/// Steps on pixels that renders and examinations share; each returns its image unchanged where there is nothing to do.
enum Pixels {
    /// Resamples to exactly that size. Colours are multiplied by alpha on the way, so that hidden colours of transparent
    /// pixels don't bleed into visible ones.
    static func resized(_ image: borrowing Image, width: Int, height: Int) throws(VipsError) -> Image {
        guard image.width != width || image.height != height else { return try image.same() }
        guard image.hasAlpha else { return try image.resize(width: width, height: height) }
        let alphaMax = image.isShort ? 65535.0 : 255.0
        let resized = try image.premultiply(alphaMax: alphaMax).resize(width: width, height: height)
        let straight = try resized.unpremultiply(alphaMax: alphaMax)
        return image.isShort ? try straight.castToShort() : try straight.castToByte()
    }

    /// Converts to what every screen expects: sRGB, or one gray channel where the picture has no more; a byte a channel;
    /// alpha kept.
    ///
    /// The pixels must be in memory, and few: this comes after resampling. A profile that doesn't fit its picture, or is
    /// broken, counts as none, as browsers do.
    static func toStandard(_ image: borrowing Image) throws(VipsError) -> Image {
        guard image.hasAlpha else { return try toStandardWithoutAlpha(image) }
        // Apart from its alpha channel: 8.14.1's profile conversion crashes on some pictures that have one.
        let colours = try toStandardWithoutAlpha(try image.extractBands(from: 0, count: image.bands - 1))
        let alpha = try image.extractBands(from: image.bands - 1, count: 1)
        return try colours.joined(with: alpha.isShort ? try alpha.shiftToByte() : try alpha.castToByte())
    }

    private static func toStandardWithoutAlpha(_ image: borrowing Image) throws(VipsError) -> Image {
        let isGray = image.isGray
        if image.isCMYK || image.hasProfile {
            do throws(VipsError) {
                // Computed here, since a profile's faults show when pixels are.
                let converted = try image.profileToSRGB(fallback: image.isCMYK ? "cmyk" : "srgb").inMemory()
                return isGray ? try converted.toGray() : converted
            } catch {}
        }
        if image.isStandard { return try image.same() }
        return isGray ? try image.toGray() : try image.toSRGB()
    }

    /// Three colour channels, where there is one.
    static func toRGB(_ image: borrowing Image) throws(VipsError) -> Image {
        guard image.bands < 3 else { return try image.same() }
        return try image.toSRGB()
    }

    /// Turns stored pixels upright. They must be in memory.
    static func turned(_ image: borrowing Image, _ orientation: Orientation) throws(VipsError) -> Image {
        if orientation.isUpright { return try image.same() }
        guard orientation.degrees != 0 else { return try image.mirror() }
        let turned = try image.rotate(degrees: orientation.degrees)
        return orientation.isMirrored ? try turned.mirror() : turned
    }
}
