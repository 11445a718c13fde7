/// Reads the header of a TIFF (revision 6.0, and BigTIFF) from its first directory: the one picture of it that is read.
///
/// What no decoder of ours is to be asked for is refused here, by an enumeration of what is read. JPEG 2000 for one, which a TIFF
/// may hold: it is never decoded, in whatever container it comes.
package enum TIFFHeader {
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        let directory = try TIFFDirectory(bytes)
        let width = try directory.number(.width) ?? 0
        let height = try directory.number(.height) ?? 0
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        try limits.checkSize(width, height)
        try checkData(directory, limits)
        let pixels = try TIFFPixels(directory)
        var header = ImageHeader(format: .tiff, byteCount: bytes.count, width: width, height: height)
        header.hasAlpha = pixels.hasAlpha
        header.channelCount = min(4, pixels.channelCount)
        header.bitDepth = pixels.bitDepth
        header.metadataByteCount = directory.metadataByteCount
        return header
    }

    private static func checkData(_ directory: TIFFDirectory, _ limits: HeaderLimits) throws(HeaderError) {
        let hasStrips = directory.has(.stripOffsets)
        guard directory.has(.tileOffsets) || hasStrips else { throw .malformed(.tiffWithoutData) }
        guard let width = try directory.number(.tileWidth), let height = try directory.number(.tileHeight) else {
            guard hasStrips else { throw .malformed(.tiffDirectory) }
            return
        }
        guard width > 0, height > 0 else { throw .malformed(.tiffDirectory) }
        // A tile is held whole, however little of it is picture.
        try limits.checkSize(width, height)
    }
}

/// What one pixel of a TIFF is made of.
private struct TIFFPixels {
    /// Once decoded, alpha included: 1 to 5.
    let channelCount: Int
    let hasAlpha: Bool
    /// 8 or 16, once decoded.
    let bitDepth: Int

    /// None, CCITT's four, LZW, JPEG, Deflate under both of its numbers, PackBits and Zstandard.
    private static let compressions: Set = [1, 2, 3, 4, 5, 7, 8, 32_771, 32_773, 32_946, 50_000]
    private static let jpeg = 7
    /// What its samples are when they are whole numbers without sign.
    private static let unsigned = 1

    init(_ directory: TIFFDirectory) throws(HeaderError) {
        let compression = try directory.number(.compression) ?? 1
        guard Self.compressions.contains(compression) else { throw .malformed(.tiffCompression) }
        let sampleCount = try directory.number(.samplesPerPixel) ?? 1
        let colour = try Self.colour(directory, isJPEG: compression == Self.jpeg)
        guard sampleCount == colour.sampleCount || sampleCount == colour.sampleCount + 1 else {
            throw .malformed(.tiffColours)
        }
        bitDepth = try Self.bitDepth(directory, sampleCount, depths: colour.bitDepths)
        hasAlpha = sampleCount > colour.sampleCount
        channelCount = sampleCount - colour.sampleCount + colour.decodedSampleCount
    }

    private static func colour(_ directory: TIFFDirectory, isJPEG: Bool) throws(HeaderError) -> Colour {
        guard let number = try directory.number(.colours), let colour = Colour(rawValue: number) else {
            throw .malformed(.tiffColours)
        }
        // Subsampled colours are read where a JPEG decoder puts them together again.
        guard colour != .luminance || isJPEG else { throw .malformed(.tiffColours) }
        return colour
    }

    private static func bitDepth(
        _ directory: TIFFDirectory, _ sampleCount: Int, depths: [Int]
    ) throws(HeaderError) -> Int {
        let given = try directory.numbers(.bitsPerSample) ?? [1]
        guard let depth = given.first, given.allSatisfy({ $0 == depth }), depths.contains(depth),
            given.count == 1 || given.count == sampleCount
        else { throw .malformed(.tiffSamples) }
        let kinds = try directory.numbers(.sampleFormat) ?? [unsigned]
        guard kinds.allSatisfy({ $0 == unsigned }) else { throw .malformed(.tiffSamples) }
        return max(depth, 8)
    }

    /// `PhotometricInterpretation`.
    private enum Colour: Int {
        case whiteIsZero = 0
        case blackIsZero = 1
        case rgb = 2
        case palette = 3
        case cmyk = 5
        case luminance = 6

        /// Samples a pixel, alpha aside.
        var sampleCount: Int {
            switch self {
            case .whiteIsZero, .blackIsZero, .palette: 1
            case .rgb, .luminance: 3
            case .cmyk: 4
            }
        }

        /// The same once colours are looked up.
        var decodedSampleCount: Int { self == .palette ? 3 : sampleCount }

        var bitDepths: [Int] {
            switch self {
            case .whiteIsZero, .blackIsZero: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .cmyk: [8, 16]
            case .luminance: [8]
            }
        }
    }
}
