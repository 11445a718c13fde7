/// A recipe applied to one original: everything that was open is decided, and everything that makes no difference is gone.
///
/// Requests for the same original that must give the same picture settle to equal values, whatever parameters they came
/// with; the ``text`` is the canonical spelling that goes into the ``VariantKey``.
package struct SettledRecipe: Hashable, Sendable, Codable {
    /// The part of the upright original to work on; nil for all of it. A cut that follows from `fit=cover` and a fixed
    /// gravity is already in here.
    package var crop: PixelRect?
    /// The exact size of the result, in pixels; where ``trim`` is set, the size if nothing comes off.
    package var size: PixelSize
    package var layout: Layout
    /// Between the cut and the resize: ``size`` and ``layout`` are of the turned picture.
    package var turn: Turn
    /// Uniform borders to take off before all that follows the crop; see ``trimmed(to:of:)``.
    package var trim: Trim?
    /// In pixels of the result.
    package var outline: Outline?
    /// Whether the picture is enlarged on the way, in either direction.
    package var isEnlarged: Bool
    package var format: ImageFormat
    /// The one frame of an animation that is shown, counted from 1; nil for the usual: all of them, or the first where the
    /// format shows one.
    package var frame: Int?
    /// Frames of the result, 1 for a still. It follows from original, format and ``frame``.
    package var frameCount: Int
    /// Formats that the result has instead, where they are no larger.
    package var others: OtherFormats
    /// 1 to 100; nil where the format or `lossless` gives it no meaning.
    package var quality: Int?
    /// Whether the quality is found by looking at results; ``quality`` is nil then.
    package var isQualityAuto: Bool
    /// The most bytes that the result may have; nil for any number.
    package var byteCountMax: Int?
    package var isLossless: Bool
    /// What transparent and added parts become. Nil for the usual: left transparent where picture and format have
    /// transparency, else white.
    package var background: Color?
    package var metadata: MetadataPolicy
    package var adjustments: Adjustments
    package var overlay: SettledOverlay?
    package var caption: SettledCaption?

    /// How the picture fills its size.
    package enum Layout: Hashable, Sendable, Codable {
        /// All of it, resampled to exactly the size.
        case fill
        /// Scaled until it covers the size, and cut where the pixels say: by entropy, or else by attention.
        case smartCover(byEntropy: Bool)
        /// Scaled until it covers the size, and cut at that place: of a tilted picture, which has no upright part to crop.
        case cut(Gravity)
        /// Scaled to `content` and put at that place of a canvas of the size.
        case pad(content: PixelSize, Compass)
    }

    /// Quality where the caller gives none; nil for formats that have none.
    package static func defaultQuality(of format: ImageFormat) -> Int? {
        switch format {
        case .jpeg: 80
        case .webp: 79
        case .avif: 60
        case .png, .gif, .heic, .tiff, .svg, .jxl, .pdf: nil
        }
    }
}

extension SettledRecipe {
    /// Whether anything but the first frame is shown.
    package var needsOtherFrames: Bool { frameCount > 1 || (frame ?? 1) > 1 }

    /// The canonical spelling: parameters sorted, defaults left out. It is a recipe itself, and settles to this value again.
    package var text: String {
        var parts: [String] = []
        if let background { parts.append("bg=\(background.text)") }
        if let crop { parts.append("crop=\(crop.left),\(crop.top),\(crop.width),\(crop.height)") }
        if turn.isMirrored { parts.append("flip=h") }
        parts.append("format=" + ([format] + others.all).map(\.rawValue).joined(separator: ","))
        if let frame { parts.append("frame=\(frame)") }
        if isLossless { parts.append("lossless=1") }
        if let outline { parts.append(outline.text) }
        if metadata != .none { parts.append("metadata=\(metadata.rawValue)") }
        if let overlay, trim == nil { parts += overlay.parameters }
        if isQualityAuto { parts.append("q=auto") }
        if let quality, quality != Self.defaultQuality(of: format) { parts.append("q=\(quality)") }
        if turn.centidegrees != 0 { parts.append("rotate=\(DecimalText.print(Double(turn.centidegrees) / 100))") }
        if let byteCountMax { parts.append("max-bytes=\(byteCountMax)") }
        if let caption, trim == nil { parts += caption.parameters }
        parts += adjustments.parts
        parts += trim?.text ?? sizeText
        return parts.sorted().joined(separator: "&")
    }

    private var sizeText: [String] {
        var parts = ["h=\(size.height)", "w=\(size.width)"]
        if isEnlarged { parts.append("upscale=1") }
        switch layout {
        case .fill: parts.append("fit=stretch")
        case .smartCover, .cut: parts.append("fit=cover")
        case .pad: parts.append("fit=pad")
        }
        switch layout {
        case .fill, .pad(_, .center), .cut(.center): break
        case .cut(let gravity): parts.append(gravity.text)
        case .smartCover(let byEntropy): parts.append(byEntropy ? "gravity=entropy" : "gravity=smart")
        case .pad(_, let compass): parts.append("gravity=\(compass.rawValue)")
        }
        return parts
    }
}
