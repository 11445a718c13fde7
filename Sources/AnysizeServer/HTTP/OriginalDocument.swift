import AnysizeCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is told of an original: `/info`, and the answer to an upload.
struct OriginalDocument: Encodable {
    let id: String
    let digest: String
    let format: String
    let width: Int
    let height: Int
    let bytes: Int
    let pages: Int
    let alpha: Bool
    let profile: String?
    let dominantColor: String
    let thumbHash: String
    let blurHash: String
    /// Nil where the original was taken in before there were palettes, as well as the preview.
    let palette: [PaletteColor]?
    /// A `data:` URL.
    let preview: String?
    let created: Date
    /// What a camera wrote; for those who may have the original, and ask.
    var exif: [String: String]?
    /// A ready `srcset` attribute; in answers to uploads only.
    var srcset: String?

    init(_ record: OriginalRecord) {
        id = record.id.description
        digest = record.digest.description
        format = record.facts.format.rawValue
        width = record.facts.width
        height = record.facts.height
        bytes = record.byteCount
        pages = record.facts.pageCount
        alpha = record.facts.hasAlpha
        profile = record.facts.profile
        dominantColor = record.facts.dominantColor
        thumbHash = record.facts.thumbHash
        blurHash = record.facts.blurHash
        palette = record.facts.palette?.entries.map {
            PaletteColor(color: $0.color, share: Double($0.thousandths) / 1000)
        }
        preview = record.facts.preview.map { "data:image/webp;base64,\($0)" }
        created = record.created
    }

    /// With widths that pages commonly need, none beyond the original's own; signed where URLs need it.
    func withSrcset(_ signing: URLSigning) -> OriginalDocument {
        var document = self
        var widths = [320, 640, 960, 1280, 1920, 2560].filter { $0 < width }
        widths.append(min(width, 3840))
        // A chosen id may come to mean another picture: the version makes each URL immutable.
        let version = OriginalID(id)?.isContentID == true ? "" : "&v=\(digest.prefix(16))"
        document.srcset = widths.map { width in
            let target = "/img/\(id)?format=auto\(version)&w=\(width)"
            return "\(signing.signed(target) ?? target) \(width)w"
        }.joined(separator: ", ")
        return document
    }
}

/// A colour of a palette.
struct PaletteColor: Encodable {
    let color: String
    /// From 0 to 1.
    let share: Double
}

/// A page of originals.
struct OriginalPage: Encodable {
    let originals: [OriginalDocument]
    /// What to give as `after` for the next page; left out on the last one.
    let next: String?
}

/// What a deletion removed.
struct DeletionDocument: Encodable {
    let id: String
    let bytes: Int
    /// Variants in each tier of this node.
    let variants: [String: Int]
}
