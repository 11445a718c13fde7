#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What is known of a stored original: made once when it is taken in, kept beside its bytes, never changed after.
package struct OriginalRecord: Hashable, Sendable, Codable {
    package var id: OriginalID
    /// Of the bytes as uploaded.
    package var digest: Digest
    package var byteCount: Int
    package var created: Date
    package var facts: PictureFacts

    package init(id: OriginalID, digest: Digest, byteCount: Int, created: Date, facts: PictureFacts) {
        self.id = id
        self.digest = digest
        self.byteCount = byteCount
        self.created = created
        self.facts = facts
    }
}

/// What decoding an original once has shown.
package struct PictureFacts: Hashable, Sendable, Codable {
    package var format: ImageFormat
    /// Pixels across as a person sees the picture, after its orientation is applied.
    package var width: Int
    /// Pixels down, likewise.
    package var height: Int
    /// EXIF orientation of the stored pixels, 1 to 8; 1 where the decoder has applied it itself.
    package var orientation: Int
    /// Frames; 1 for a still.
    package var pageCount: Int
    package var hasAlpha: Bool
    package var isGray: Bool
    /// Bits a channel: 8 or 16.
    package var bitDepth: Int
    /// The embedded colour profile's own name, `embedded` where it has none, nil where there is no profile.
    package var profile: String?
    /// `#rrggbb`.
    package var dominantColor: String
    /// Base64.
    package var thumbHash: String
    package var blurHash: String
    // What older records lack.
    package var palette: Palette?
    /// A small picture: WebP of at most ``previewByteCountMax`` bytes, in Base64.
    package var preview: String?

    package static let previewByteCountMax = 400

    package init(
        format: ImageFormat, width: Int, height: Int, orientation: Int, pageCount: Int, hasAlpha: Bool, isGray: Bool,
        bitDepth: Int, profile: String?, dominantColor: String, thumbHash: String, blurHash: String,
        palette: Palette? = nil, preview: String? = nil
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.orientation = orientation
        self.pageCount = pageCount
        self.hasAlpha = hasAlpha
        self.isGray = isGray
        self.bitDepth = bitDepth
        self.profile = profile
        self.dominantColor = dominantColor
        self.thumbHash = thumbHash
        self.blurHash = blurHash
        self.palette = palette
        self.preview = preview
    }

    package var size: PixelSize { PixelSize(width: width, height: height) }
}
