/// Reads the header of a PNG (W3C PNG, third edition) by walking its chunks up to `IEND`.
///
/// Checksums are left to the decoder. An animated PNG is read as the still that it also is.
package enum PNGHeader {
    /// The first eight bytes of every PNG.
    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The length field has 31 bits; the specification forbids the sign bit.
    private static let lengthMax = 0x7FFF_FFFF

    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        var reader = ByteReader(bytes)
        try reader.skip(signature.count)
        var walk = PNGWalk(limits: limits)
        while true {
            let length = try reader.big32()
            let type = try reader.fourCC()
            guard length <= lengthMax, type.isLetters else { throw .malformed(.pngChunk) }
            let content = try reader.take(length, pastEnd: .malformed(.pngHeader))
            try reader.skip(4)  // checksum
            let isLast = try !walk.visit(type, content)
            if isLast { return try walk.header(byteCount: bytes.count) }
        }
    }
}

private struct PNGWalk {
    let limits: HeaderLimits
    private var image: Image?
    private var hasPalette = false
    private var hasData = false
    private var hasTransparency = false
    private var chunkCount = 0
    private var metadataByteCount = 0
    private var colours: ColourCoding?

    init(limits: HeaderLimits) {
        self.limits = limits
    }

    /// False if this chunk is the last.
    mutating func visit(_ type: FourCC, _ content: ByteReader) throws(HeaderError) -> Bool {
        chunkCount += 1
        try limits.check(.pngChunkCount, chunkCount)
        switch type {
        case FourCC("IHDR"):
            try visitHeader(content)
        case FourCC("PLTE"):
            hasPalette = true
        case FourCC("IDAT"):
            guard hasPalette || image?.colour != .palette else { throw .malformed(.pngWithoutPalette) }
            hasData = true
        case FourCC("tRNS"):
            hasTransparency = true
        case FourCC("cICP"):
            visitColours(content)
        case FourCC("iCCP"), FourCC("tEXt"), FourCC("zTXt"), FourCC("iTXt"), FourCC("eXIf"):
            metadataByteCount += content.count
            try limits.check(.metadataByteCount, metadataByteCount)
        case FourCC("IEND"):
            return false
        default:
            break
        }
        // The header must come first, but decoders let chunks pass that they are free to ignore.
        guard image != nil || type.isAncillary else { throw .malformed(.pngHeader) }
        return true
    }

    private mutating func visitHeader(_ content: ByteReader) throws(HeaderError) {
        var content = content
        guard image == nil, content.count == 13 else { throw .malformed(.pngHeader) }
        let width = try content.big32()
        let height = try content.big32()
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        try limits.checkSize(width, height)
        let bitDepth = Int(try content.byte())
        let colour = try content.byte()
        let compression = try content.byte()
        let filter = try content.byte()
        let interlace = try content.byte()
        guard
            let colour = Colour(rawValue: colour), colour.bitDepths.contains(bitDepth),
            compression == 0, filter == 0, interlace <= 1
        else { throw .malformed(.pngHeader) }
        image = Image(width: width, height: height, bitDepth: bitDepth, colour: colour, isInterlaced: interlace == 1)
    }

    /// Code points (PNG, 11.3.2.6), which count for more than a profile. Those for other than plain RGB of the full range say
    /// nothing.
    private mutating func visitColours(_ content: ByteReader) {
        var content = content
        guard !hasData, content.count == 4, let code = try? content.big32(), code & 0xFFFF == 0x0001 else { return }
        colours = ColourCoding(primaries: code >> 24, transfer: code >> 16 & 0xFF)
    }

    func header(byteCount: Int) throws(HeaderError) -> ImageHeader {
        guard let image else { throw .malformed(.pngHeader) }
        guard hasData else { throw .malformed(.pngWithoutData) }
        var header = ImageHeader(format: .png, byteCount: byteCount, width: image.width, height: image.height)
        header.hasAlpha = image.colour.hasAlpha || hasTransparency
        header.channelCount = image.colour.channelCount + (hasTransparency ? 1 : 0)
        header.bitDepth = image.colour == .palette ? 8 : image.bitDepth
        header.isProgressive = image.isInterlaced
        header.chunkCount = chunkCount
        header.metadataByteCount = metadataByteCount
        header.colours = colours
        return header
    }

    private struct Image {
        var width: Int
        var height: Int
        var bitDepth: Int
        var colour: Colour
        var isInterlaced: Bool
    }

    /// Colour types, and the bit depths allowed with each (PNG, table 12).
    private enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgbAlpha = 6

        /// Samples per pixel once the palette is looked up.
        var channelCount: Int {
            switch self {
            case .grey: 1
            case .greyAlpha: 2
            case .rgb, .palette: 3
            case .rgbAlpha: 4
            }
        }

        var hasAlpha: Bool { self == .greyAlpha || self == .rgbAlpha }

        var bitDepths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .greyAlpha, .rgbAlpha: [8, 16]
            }
        }
    }
}

extension FourCC {
    /// True for a PNG chunk that a decoder may ignore: its first letter is a small one.
    fileprivate var isAncillary: Bool { value & 0x2000_0000 != 0 }
}
