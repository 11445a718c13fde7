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

    /// The value for `Content-Type`.
    package var mediaType: String { "image/\(rawValue)" }

    /// The usual end of a file name, without the dot.
    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .png, .webp, .avif, .gif, .heic: rawValue
        }
    }

    /// True if a picture of this format can be transparent; a render to any other format needs a background.
    package var hasAlpha: Bool { self != .jpeg }

    /// True if Anysize writes the format. HEIC is read only: no browser but Safari shows it, and its encoders are
    /// slow and encumbered.
    package var isOutput: Bool { self != .heic }
}
