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

    /// The same conversion for pictures of any kind, row by row, as the original's pixels come.
    ///
    /// - Throws: also where pixels are read, if a profile turns out to be broken.
    static func converted(_ image: borrowing Image) throws(VipsError) -> Image {
        if image.isCMYK { return try image.profileToSRGB(fallback: "cmyk") }
        return image.isGray ? try image.toGray() : try image.toSRGB()
    }

    /// Whether a picture's profile changes nothing: there is none, or it leads from each of some hundred colours to the same one.
    /// Names aren't asked, since anything can be called sRGB.
    static func profileIsStandard(_ image: borrowing Image) -> Bool {
        guard image.hasProfile, let profile = image.withProfile({ [UInt8]($0) }) else { return true }
        let bands = image.isGray ? 1 : 3
        let steps = bands == 1 ? 256 : 6
        var colours: [UInt8] = []
        if bands == 1 {
            colours = (0...255).map { UInt8($0) }
        } else {
            for red in 0..<steps {
                for green in 0..<steps {
                    for blue in 0..<steps {
                        colours += [UInt8(red * 51), UInt8(green * 51), UInt8(blue * 51)]
                    }
                }
            }
        }
        return colours.withUnsafeBytes { bytes in
            do throws(VipsError) {
                let chart = try Image.of(bytes, width: colours.count / bands, height: 1, bands: bands)
                chart.attach(profile: profile)
                let converted = try toStandard(chart).pixels()
                return zip(converted, colours).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
            } catch { return false }
        }
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
