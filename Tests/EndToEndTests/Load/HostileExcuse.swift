import Foundation

/// Why an answer that the table of hostile files doesn't have is right all the same. By kind, never by name.
enum HostileExcuse: String, CustomStringConvertible {
    /// The table has a picture, sound or not, where the first bytes are those of a format that isn't on the list, TIFF above
    /// all: each row of a sound one allows 415 for that, so a damaged one may have it too. A PNG whose signature was damaged in
    /// transit is of no format either: to find that out is what the signature is for.
    case isOffTheList = "not a format on the list, so 415 is the more exact refusal"
    /// A lossless, hierarchical or arithmetic-coded JPEG, which no browser shows: it is refused by its header, as the table has
    /// it for such headers on other data.
    case isRareJPEG = "a JPEG coding that is refused by rule"

    var description: String { rawValue }

    /// Nil where there is none.
    static func find(status: Int, bytes: Data) -> HostileExcuse? {
        switch status {
        case 415 where !hasPictureMagic(bytes): .isOffTheList
        case 422 where isRareJPEG(bytes): .isRareJPEG
        default: nil
        }
    }

    /// Whether the file begins like a format that Anysize takes.
    private static func hasPictureMagic(_ bytes: Data) -> Bool {
        let magics: [(offset: Int, bytes: [UInt8])] = [
            (0, [0xFF, 0xD8, 0xFF]), (0, [0x89] + Array("PNG\r\n\u{1A}\n".utf8)), (0, Array("GIF8".utf8)),
            (8, Array("WEBP".utf8)), (4, Array("ftyp".utf8)),
        ]
        return magics.contains { bytes.dropFirst($0.offset).starts(with: $0.bytes) }
    }

    /// Whether the first frame header of a JPEG is neither of the baseline, nor extended, nor progressive with Huffman codes.
    private static func isRareJPEG(_ bytes: Data) -> Bool {
        let bytes = Array(bytes)
        guard bytes.starts(with: [0xFF, 0xD8]) else { return false }
        var offset = 2
        while offset + 3 < bytes.count, bytes[offset] == 0xFF {
            let marker = bytes[offset + 1]
            let isTable = marker == 0xC4 || marker == 0xC8 || marker == 0xCC
            if (0xC0...0xCF).contains(marker), !isTable { return marker > 0xC2 }
            offset += 2 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
        }
        return false
    }
}
