/// What a file says about itself before any pixel is decoded: enough to name its decoder, to refuse what would be
/// too expensive, and to make a plan.
package struct ImageHeader: Sendable, Hashable {
    package var format: ImageFormat

    /// Bytes of the whole file.
    package var byteCount: Int

    /// Pixels per row, as the decoder will report them: before EXIF orientation, but after the rotation and cropping
    /// that AVIF and HEIC define themselves.
    package var width: Int

    /// Rows, likewise; of an animation, those of one frame.
    package var height: Int

    /// Frames of an animated GIF or WebP. 1 for stills, and for what is read as one: animated PNG and AVIF.
    package var frameCount = 1

    /// True if the file declares transparency, false if it can't have any, nil where only its pixels would tell.
    package var hasAlpha: Bool?

    /// Samples per pixel once decoded, alpha included: 1 to 4.
    package var channelCount = 3

    /// True if the decoder must hold the whole picture before it can hand out the first row: a progressive JPEG, one
    /// whose scans bring one colour component after the other, or an interlaced PNG.
    package var isProgressive = false

    /// Bits per sample, or nil where the file doesn't say so plainly. A palette counts as 8.
    package var bitDepth: Int?

    /// What samples mean, if the file says it in code points; nil for sRGB, and where a profile has the word.
    package var colours: ColourCoding?

    /// Marker segments of a JPEG up to the end of its primary picture; else 0.
    package var segmentCount = 0

    /// Scans of a JPEG; else 0.
    package var scanCount = 0

    /// Chunks of a PNG or WebP; else 0.
    package var chunkCount = 0

    /// Tiles of a HEIC or AVIF that is put together from a grid, colour and alpha together; else 0.
    package var tileCount = 0

    /// Bytes of everything that isn't pixels: profiles, EXIF, XMP, comments.
    package var metadataByteCount = 0

    package init(format: ImageFormat, byteCount: Int, width: Int, height: Int) {
        self.format = format
        self.byteCount = byteCount
        self.width = width
        self.height = height
    }

    /// False where only the decoder finds the size: of a PDF, whose pages are anywhere and packed. Width and height are 0 then.
    package var tellsSize: Bool { format != .pdf }

    /// Pixels of one frame; `Int.max` if the claim is larger.
    package var pixelCount: Int { width.timesSaturating(height) }

    /// Bytes of one frame once decoded, at one byte per sample, or two where samples are deeper than that.
    package var decodedByteCount: Int {
        pixelCount.timesSaturating(channelCount).timesSaturating((bitDepth ?? 8) > 8 ? 2 : 1)
    }

    /// Pixels of all frames together; 0 for a still, which `pixelCount` speaks for.
    package var animationPixelCount: Int { frameCount > 1 ? pixelCount.timesSaturating(frameCount) : 0 }
}

extension ImageHeader {
    /// Reads it from the whole file's bytes, without decoding pixels.
    ///
    /// Time grows with the bytes that are there, never with what they claim; so does memory, and no reader calls
    /// itself. Whether the pixel data is whole is the decoder's to say.
    ///
    /// - Throws: `limit` as soon as one is exceeded, even if the rest of the file would turn out to be malformed.
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        try limits.check(.byteCount, bytes.count)
        guard let format = FormatSniffer.format(of: bytes) else { throw .unsupportedFormat }
        guard limits.allows(format) else { throw .formatIsOff(format) }
        let header =
            switch format {
            case .jpeg: try JPEGHeader.read(bytes, limits: limits)
            case .png: try PNGHeader.read(bytes, limits: limits)
            case .gif: try GIFHeader.read(bytes, limits: limits)
            case .webp: try WebPHeader.read(bytes, limits: limits)
            case .avif: try HEIFHeader.read(bytes, as: .avif, limits: limits)
            case .heic: try HEIFHeader.read(bytes, as: .heic, limits: limits)
            case .tiff: try TIFFHeader.read(bytes, limits: limits)
            case .svg: try SVGHeader.read(bytes, limits: limits)
            case .jxl: try JXLHeader.read(bytes, limits: limits)
            case .pdf: ImageHeader(format: .pdf, byteCount: bytes.count, width: 0, height: 0)
            }
        try limits.check(header)
        return header
    }
}
