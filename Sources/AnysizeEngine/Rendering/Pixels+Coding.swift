import AnysizeCore
import Resampling
import Vips

/// Pictures that say what their samples mean in code points instead of a profile.
extension Pixels {
    /// In sRGB with 16 bits a channel where the header says that samples mean something else, and without the profile that
    /// counts for less; else the picture itself. Computed as pixels are read, so levels and renders begin with the same ones.
    static func decoded(_ image: borrowing Image, _ header: ImageHeader) throws(VipsError) -> Image {
        guard let colours = header.colours, image.isByte || image.isShort, image.isRGB || image.isGray,
            let channels = PictureShape.Channels(rawValue: image.bands)
        else { return try image.same() }
        let pass = StandardPass(
            of: channels, image.isShort ? .sixteen : .eight, full: white(of: image, header),
            primaries: colours.primaries.points, curve: colours.curve.signal
        )
        let converted = try image.convertingRows { pass.apply($0, width: $1, into: $2) }
        return converted.hasProfile ? try converted.keepingFields { !$0.hasPrefix("icc-") } : converted
    }

    /// The sample that decoders give for white: where a file has 10 or 12 bits, the low ones of 16 stay empty.
    private static func white(of image: borrowing Image, _ header: ImageHeader) -> Int {
        guard image.isShort else { return 255 }
        let depth = min(max(header.bitDepth ?? 16, 1), 16)
        return (1 << depth - 1) << (16 - depth)
    }
}

extension ColourCoding.Primaries {
    fileprivate var points: RGBPrimaries {
        switch self {
        case .bt709: .bt709
        case .bt601of625: .bt601of625
        case .bt601of525: .bt601of525
        case .bt2020: .bt2020
        case .displayP3: .displayP3
        }
    }
}

extension ColourCoding.Curve {
    fileprivate var signal: SignalCurve {
        switch self {
        case .standard: .standard
        case .linear: .linear
        case .gamma22: .gamma(2.2)
        case .gamma28: .gamma(2.8)
        case .pq: .pq
        case .hlg: .hlg
        }
    }
}
