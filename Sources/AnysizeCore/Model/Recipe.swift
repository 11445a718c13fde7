/// What a caller asked for: the parameters of a URL, validated and with their aliases folded, but not yet applied to an
/// original. ``settled(for:accepting:limits:)`` does that, and only its result names a variant.
package struct Recipe: Hashable, Sendable {
    /// Output pixels across, 1 to 8192 before `dpr`.
    package var width: Int?
    /// Output pixels down, likewise.
    package var height: Int?
    /// Device pixels for each pixel of `width` and `height`, 0.5 to 5.
    package var dpr: Double = 1
    /// Width over height, 0.01 to 100; gives the missing one of `width` and `height`.
    package var aspectRatio: Double?
    package var fit: Fit = .contain
    package var gravity: Gravity = .center
    package var crop: CropRect?
    /// How much closer to look, 1 to 100: what is kept around the gravity's place is that much smaller. With `cover` only.
    package var zoom: Double = 1
    /// Uniform borders are taken off where no channel differs by more than this many levels of 255; nil leaves them.
    package var trimTolerance: Int?
    package var turn = Turn.none
    /// In pixels before `dpr`.
    package var outline: Outline?
    package var allowsUpscale = false
    package var format: FormatChoice = .original
    /// With ``FormatChoice/auto``, what clients get that show none of the newer formats; nil for what the picture needs.
    package var plainFormat: ImageFormat?
    package var frame: FrameChoice = .usual
    /// 1 to 100; nil for the format's default.
    package var quality: Int?
    /// Whether the quality is the lowest at which the result looks like what was encoded.
    package var isQualityAuto = false
    /// The most bytes that the result may have; nil for any number.
    package var byteCountMax: Int?
    package var isLossless = false
    package var background: Color?
    package var metadata: MetadataPolicy = .none
    /// Lengths in it are in the pixels of `width` and `height`, before `dpr`.
    package var adjustments = Adjustments.none
    package var overlay: Overlay?
    package var caption: Caption?
    /// The prefix of the original's digest that the URL's author saw, 8 to 64 hexadecimal digits. No part of the picture.
    package var version: String?

    package init() {}

    /// What can be asked for as the most bytes of a result.
    package static let byteCountMaxRange = 200...50_000_000

    /// The longest side that can be asked for, in pixels. Above it decoders and encoders differ in what they allow.
    package static let sideMax = 8192
}

/// How a picture gets into the box of `w` and `h`.
package enum Fit: String, CaseIterable, Sendable, Codable {
    /// Inside the box, nothing cut, nothing added.
    case contain
    /// Fills the box; what sticks out is cut.
    case cover
    /// Like contain, then the background fills the box.
    case pad
    /// The smallest picture that covers the box, nothing cut.
    case outside
    /// Exactly the box, proportions given up.
    case stretch
}

/// The format asked for.
package enum FormatChoice: Hashable, Sendable {
    /// The original's own, or the nearest web format.
    case original
    /// By what the client accepts.
    case auto
    case exactly(ImageFormat)
    /// The first; or the second, without loss, where the picture is a drawing or tiny, and that is no larger; or the plain one, where that
    /// is no larger still: JPEG or PNG, of an animation GIF.
    case smaller(ImageFormat, lossless: ImageFormat?, plain: ImageFormat?)
}

/// What goes along besides pixels.
package enum MetadataPolicy: String, CaseIterable, Sendable, Codable {
    /// Nothing.
    case none
    /// Copyright notice and artist.
    case copyright
    /// Everything the original has, positions and serial numbers too. Private: see ``Recipe`` at the server's door.
    case keep
}

/// Which of the formats that not every client shows were named in its `Accept`; nothing else of `Accept` counts, so that
/// an original has at most four variants a recipe, not one for each browser's spelling.
package struct AcceptedFormats: OptionSet, Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let avif = AcceptedFormats(rawValue: 1)
    package static let webp = AcceptedFormats(rawValue: 2)

    /// From an `Accept` field's value. `*/*` and `image/*` don't count, for clients send them that show neither; `q=0`
    /// is a no (RFC 9110, 12.5.1).
    package init(accept: String?) {
        self = []
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let type = parts.first else { continue }
            let refused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            guard !refused else { continue }
            if type == "image/avif" { insert(.avif) }
            if type == "image/webp" { insert(.webp) }
        }
    }
}
