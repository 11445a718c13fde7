/// The formats Anysize reads or writes.
///
/// The list is closed on purpose. What isn't on it is refused before any decoder sees a byte; each further format
/// is a further decoder that strangers can reach.
package enum ImageFormat: String, Sendable, CaseIterable, Codable, Hashable {
    case jpeg
    case png
    case webp
    case avif
    case gif
    case heic
    case tiff
    case svg
    case jxl
    case pdf

    /// Those that are read only where the setting `formats.extra` names them: few need them, and their decoders are large, or
    /// little tried by strangers' files.
    package static let extra: [ImageFormat] = [.tiff, .svg, .jxl, .pdf]

    /// What people call it.
    package var name: String {
        switch self {
        case .webp: "WebP"
        case .jxl: "JPEG XL"
        case .jpeg, .png, .avif, .gif, .heic, .tiff, .svg, .pdf: rawValue.uppercased()
        }
    }

    /// The value for `Content-Type`.
    package var mediaType: String {
        switch self {
        case .svg: "image/svg+xml"
        case .pdf: "application/pdf"
        case .jpeg, .png, .webp, .avif, .gif, .heic, .tiff, .jxl: "image/\(rawValue)"
        }
    }

    /// The usual end of a file name, without the dot.
    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .png, .webp, .avif, .gif, .heic, .tiff, .svg, .jxl, .pdf: rawValue
        }
    }

    /// True if a picture of this format can be transparent; a render to any other format needs a background.
    package var hasAlpha: Bool { self != .jpeg }

    /// True if Anysize writes the format. The others are read only: browsers don't show them, or not all do. HEIC's encoders are
    /// slow and encumbered besides.
    package var isOutput: Bool {
        switch self {
        case .jpeg, .png, .webp, .avif, .gif: true
        case .heic, .tiff, .svg, .jxl, .pdf: false
        }
    }

    /// True if a file of it tells how to draw the picture, which has no pixels of its own and is sharp at any size.
    package var isVector: Bool { self == .svg || self == .pdf }

    /// True if a picture of it may well be a drawing: flat colours and sharp edges, which are small without loss.
    package var isOftenDrawn: Bool { self == .png || self == .gif || isVector }
}
