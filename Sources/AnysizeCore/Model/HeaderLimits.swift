/// What an uploaded file may ask of a decoder, checked before there is one.
///
/// Each limit closes one way to make a small file expensive, and each is needed: files that pass all the others
/// have cost seconds of CPU or gigabytes of memory. `HeaderLimit` names them for answers and metrics.
package struct HeaderLimits: Sendable, Hashable, Codable {
    /// Bytes of the whole file. 50 MB holds a 48-megapixel JPEG at full quality, and most PNGs of photographs.
    package var byteCountMax: Int

    /// Pixels per side. Above 32,767 the arithmetic of several decoders and of our encoders runs out of 16 bits.
    package var axisMax: Int

    /// Pixels of the picture, or of one frame: width times height. 100 million lets the largest phone and camera
    /// sensors through and stops the files whose few bytes unfold to gigabytes.
    package var pixelCountMax: Int

    /// Bytes of the picture, or of one frame, once decoded. 400 MB is what `pixelCountMax` comes to with four samples
    /// of 8 bits; deeper samples take twice as much, so of those only half as many pixels fit.
    package var decodedByteCountMax: Int

    /// Frames of an animation. Each costs a decode and an encode, however few pixels it has: 3,000 frames of 16 x 16
    /// took 19 seconds.
    package var frameCountMax: Int

    /// Pixels of all frames together: width times height times frames. Four bytes each makes 1.6 GB where a decoder
    /// holds them all.
    package var animationPixelCountMax: Int

    /// Marker segments of a JPEG. Reading its header is quadratic in them: 40,000 took 2.4 seconds, while cameras
    /// write fewer than a hundred.
    package var jpegSegmentCountMax: Int

    /// Scans of a JPEG. Each is a pass over the whole picture: 883 legal ones of 49 megapixels took 11 seconds inside
    /// one call that nothing can interrupt. Encoders write about ten.
    package var jpegScanCountMax: Int

    /// Pixels of a picture whose decoder must hold all of it at once (`ImageHeader.isProgressive`). A progressive
    /// JPEG takes up to six bytes a pixel this way.
    package var progressivePixelCountMax: Int

    /// Chunks of a PNG, or of a WebP. 10,000 lets 50 MB through in `IDAT` chunks of 8 KB (6,500 of them), the
    /// smallest that common encoders write; floods of empty chunks need far more.
    package var pngChunkCountMax: Int

    /// Tiles of an AVIF or HEIC picture, of its colour and its alpha together; each is a decoder start of its own.
    /// Phones write up to 192 (48 megapixels in squares of 512); 4,096 took 7 seconds.
    package var heifTileCountMax: Int

    /// Bytes of profiles, EXIF, XMP, comments and thumbnails together. They are parsed before the first pixel is, and
    /// thrown away afterwards.
    package var metadataByteCountMax: Int

    /// Formats beyond the usual ones whose files are looked at at all.
    package var extraFormats: Set<ImageFormat>

    package init(
        byteCountMax: Int = 50_000_000,
        axisMax: Int = 32_767,
        pixelCountMax: Int = 100_000_000,
        decodedByteCountMax: Int = 400_000_000,
        frameCountMax: Int = 250,
        animationPixelCountMax: Int = 400_000_000,
        jpegSegmentCountMax: Int = 1_000,
        jpegScanCountMax: Int = 64,
        progressivePixelCountMax: Int = 50_000_000,
        pngChunkCountMax: Int = 10_000,
        heifTileCountMax: Int = 256,
        metadataByteCountMax: Int = 8_000_000,
        extraFormats: Set<ImageFormat> = []
    ) {
        self.byteCountMax = byteCountMax
        self.axisMax = axisMax
        self.pixelCountMax = pixelCountMax
        self.decodedByteCountMax = decodedByteCountMax
        self.frameCountMax = frameCountMax
        self.animationPixelCountMax = animationPixelCountMax
        self.jpegSegmentCountMax = jpegSegmentCountMax
        self.jpegScanCountMax = jpegScanCountMax
        self.progressivePixelCountMax = progressivePixelCountMax
        self.pngChunkCountMax = pngChunkCountMax
        self.heifTileCountMax = heifTileCountMax
        self.metadataByteCountMax = metadataByteCountMax
        self.extraFormats = extraFormats
    }
}

/// The name of one of `HeaderLimits`, spelled as its property without the `Max`.
package enum HeaderLimit: String, Sendable, CaseIterable, Hashable {
    case byteCount
    case axis
    case pixelCount
    case decodedByteCount
    case frameCount
    case animationPixelCount
    case jpegSegmentCount
    case jpegScanCount
    case progressivePixelCount
    case pngChunkCount
    case heifTileCount
    case metadataByteCount
}

extension HeaderLimits {
    /// The largest value that the limit lets through.
    package subscript(limit: HeaderLimit) -> Int {
        switch limit {
        case .byteCount: byteCountMax
        case .axis: axisMax
        case .pixelCount: pixelCountMax
        case .decodedByteCount: decodedByteCountMax
        case .frameCount: frameCountMax
        case .animationPixelCount: animationPixelCountMax
        case .jpegSegmentCount: jpegSegmentCountMax
        case .jpegScanCount: jpegScanCountMax
        case .progressivePixelCount: progressivePixelCountMax
        case .pngChunkCount: pngChunkCountMax
        case .heifTileCount: heifTileCountMax
        case .metadataByteCount: metadataByteCountMax
        }
    }

    /// Checks a whole header, in a fixed order, so that the same file always meets the same limit first.
    ///
    /// The readers ask for single limits earlier, while they count, so that a flood is left at its first item too
    /// many. This is the place that misses none.
    package func check(_ header: ImageHeader) throws(HeaderError) {
        try check(.byteCount, header.byteCount)
        try checkSize(header.width, header.height)
        try check(.decodedByteCount, header.decodedByteCount)
        try check(.frameCount, header.frameCount)
        try check(.animationPixelCount, header.animationPixelCount)
        try check(.jpegSegmentCount, header.segmentCount)
        try check(.jpegScanCount, header.scanCount)
        if header.isProgressive {
            try check(.progressivePixelCount, header.pixelCount)
        }
        try check(.pngChunkCount, header.chunkCount)
        try check(.heifTileCount, header.tileCount)
        try check(.metadataByteCount, header.metadataByteCount)
    }

    /// Whether files of that format are looked at.
    package func allows(_ format: ImageFormat) -> Bool {
        extraFormats.contains(format) || !ImageFormat.extra.contains(format)
    }

    /// Checks the limits that need a width and a height alone: axis first, then pixels.
    package func checkSize(_ width: Int, _ height: Int) throws(HeaderError) {
        try check(.axis, max(width, height))
        try check(.pixelCount, width.timesSaturating(height))
    }

    /// Checks one value against one limit.
    package func check(_ limit: HeaderLimit, _ actual: Int) throws(HeaderError) {
        let allowed = self[limit]
        guard actual <= allowed else { throw .limit(limit, actual: actual, allowed: allowed) }
    }
}
