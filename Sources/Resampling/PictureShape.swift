/// The size and samples of an original whose rows come in.
package struct PictureShape: Hashable, Sendable {
    /// In stored pixels, at least 1.
    package let width: Int
    /// In stored pixels, at least 1.
    package let height: Int
    package let channels: Channels
    package let depth: Depth

    /// What the samples of a pixel are, in order; the raw value is how many.
    package enum Channels: Int, Hashable, Sendable, CaseIterable {
        case gray = 1
        case grayAlpha = 2
        case rgb = 3
        case rgba = 4

        /// Whether the last sample is straight (not premultiplied) alpha.
        package var hasAlpha: Bool { self == .grayAlpha || self == .rgba }
    }

    /// How a sample is stored; the raw value is its bytes.
    package enum Depth: Int, Hashable, Sendable, CaseIterable {
        /// A byte, 0...255.
        case eight = 1
        /// A `UInt16` in this machine's byte order, 0...65535; need not be aligned.
        case sixteen = 2
    }

    package init(width: Int, height: Int, channels: Channels, depth: Depth) {
        precondition(width >= 1 && height >= 1, "A picture has at least one pixel")
        self.width = width
        self.height = height
        self.channels = channels
        self.depth = depth
    }

    /// Samples in a row.
    package var rowSamples: Int { width * channels.rawValue }

    /// Bytes in a row, without what lies between rows.
    package var rowBytes: Int { rowSamples * depth.rawValue }

    /// The bytes a level takes: 8 bits a sample, rows without gaps.
    package func byteCount(ofLevel level: Int) -> Int {
        let size = Self.size(ofLevel: level, width: width, height: height)
        return size.width * size.height * channels.rawValue
    }

    /// The size of a level: 0 is the original, and each next one is half, rounded up, of the one before.
    package static func size(ofLevel level: Int, width: Int, height: Int) -> (width: Int, height: Int) {
        precondition(level >= 0, "Levels count from 0")
        return (halved(width, times: level), halved(height, times: level))
    }

    /// Halving and rounding up again and again is dividing by the power of two and rounding up once.
    private static func halved(_ length: Int, times: Int) -> Int {
        guard times < Int.bitWidth - 1 else { return 1 }
        return (length - 1) >> times + 1
    }
}
