/// What the properties of one HEIF item say about its picture (ISO/IEC 23008-12, 6.5).
package struct HEIFProperties: Sendable, Hashable {
    /// Size as coded.
    package private(set) var codedWidth: Int
    package private(set) var codedHeight: Int

    /// Size after the item's own cropping and rotation, which decoders apply unasked.
    package private(set) var width: Int
    package private(set) var height: Int

    /// Bits per sample, if a decoder configuration says it.
    package private(set) var bitDepth: Int?

    /// Whether there is any word on colours, be it that they are sRGB.
    package private(set) var hasColours = false

    /// What its samples mean; nil for sRGB, and where a profile has the word.
    package var colours: ColourCoding? { hasProfile ? nil : coding }

    private var hasProfile = false
    private var coding: ColourCoding?

    /// - Parameter boxes: in the order in which they are applied.
    package init(_ boxes: [HEIFBox], limits: HeaderLimits) throws(HeaderError) {
        guard let extents = try Self.extents(boxes) else { throw .malformed(.heifItem) }
        try limits.checkSize(extents.width, extents.height)
        (codedWidth, codedHeight) = extents
        (width, height) = extents
        for box in boxes {
            try apply(box)
        }
    }

    /// The size given by the one `ispe` property among these.
    private static func extents(_ boxes: [HEIFBox]) throws(HeaderError) -> (width: Int, height: Int)? {
        var result: (width: Int, height: Int)?
        for var box in boxes where box.type == FourCC("ispe") {
            guard result == nil else { throw .malformed(.heifProperty) }
            _ = try box.readVersion()
            let size = (width: try box.content.big32(), height: try box.content.big32())
            guard size.width > 0, size.height > 0 else { throw .malformed(.zeroSize) }
            result = size
        }
        return result
    }

    private mutating func apply(_ box: HEIFBox) throws(HeaderError) {
        var box = box
        switch box.type {
        case FourCC("irot"):
            let quarterTurns = try box.content.byte() & 3
            if quarterTurns % 2 == 1 { swap(&width, &height) }
        case FourCC("clap"):
            width = try Self.cropped(width, &box.content)
            height = try Self.cropped(height, &box.content)
        case FourCC("av1C"):
            try box.content.skip(2)
            let flags = try box.content.byte()
            bitDepth = flags & 0x40 == 0 ? 8 : flags & 0x20 == 0 ? 10 : 12
        case FourCC("hvcC"):
            try box.content.skip(17)
            bitDepth = 8 + Int(try box.content.byte() & 7)
        case FourCC("colr"):
            readColours(box.content)
        default:
            break
        }
    }

    /// Reads a colour box (ISO/IEC 14496-12, 12.1.5). One that is cut short, or of another kind, says nothing.
    private mutating func readColours(_ content: ByteReader) {
        var content = content
        switch try? content.fourCC() {
        case FourCC("prof"), FourCC("rICC"):
            (hasColours, hasProfile) = (true, true)
        case FourCC("nclx"):
            guard let primaries = try? content.big16(), let transfer = try? content.big16() else { return }
            (hasColours, coding) = (true, ColourCoding(primaries: primaries, transfer: transfer))
        default:
            break
        }
    }

    /// One side of a clean aperture: a fraction of pixels, rounded as libheif does it.
    private static func cropped(_ side: Int, _ content: inout ByteReader) throws(HeaderError) -> Int {
        let numerator = try content.big32()
        let denominator = try content.big32()
        guard denominator > 0 else { throw .malformed(.heifProperty) }
        let result = (numerator + denominator / 2) / denominator
        guard (1...side).contains(result) else { throw .malformed(.heifProperty) }
        return result
    }

    /// True if this property makes its item the alpha plane of another.
    package static func isAlpha(_ box: HEIFBox) -> Bool {
        var box = box
        guard box.type == FourCC("auxC"), (try? box.readVersion()) != nil else { return false }
        return alphaNames.contains { box.content.hasPrefix($0) }
    }

    /// The names of alpha planes, in AVIF and in HEIC.
    private static let alphaNames: [StaticString] = [
        "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1\0",
    ]
}
