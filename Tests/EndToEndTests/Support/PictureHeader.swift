import Foundation

/// What the first bytes of a picture say: a second opinion, independent of the service's own reading.
struct PictureHeader: Equatable, Sendable {
    /// As in `?format=`.
    var format: String
    /// As stored, before any orientation.
    var width: Int
    var height: Int
    /// Whether showing it upright exchanges width and height.
    var isTurned = false

    var size: Size { Size(width: width, height: height) }
    var uprightSize: Size { isTurned ? Size(width: height, height: width) : size }

    /// Nil where it is none of the formats that Anysize reads.
    init?(_ data: Data) {
        let bytes = Bytes(Array(data))
        guard bytes.count >= 30 else { return nil }
        guard let found = Self.png(bytes) ?? Self.gif(bytes) ?? Self.jpeg(bytes) ?? Self.webp(bytes) ?? Self.heif(bytes)
        else { return nil }
        self = found
    }

    private init(_ format: String, _ width: Int, _ height: Int, isTurned: Bool = false) {
        self.format = format
        self.width = width
        self.height = height
        self.isTurned = isTurned
    }

    private static func png(_ bytes: Bytes) -> PictureHeader? {
        guard bytes.text(0, 4) == "\u{89}PNG", bytes.text(12, 4) == "IHDR" else { return nil }
        return PictureHeader("png", bytes.big(16, 4), bytes.big(20, 4))
    }

    private static func gif(_ bytes: Bytes) -> PictureHeader? {
        guard bytes.text(0, 4) == "GIF8" else { return nil }
        return PictureHeader("gif", bytes.little(6, 2), bytes.little(8, 2))
    }

    /// Walks the segments to the frame header, and looks into Exif on the way.
    private static func jpeg(_ bytes: Bytes) -> PictureHeader? {
        guard bytes.big(0, 2) == 0xFFD8 else { return nil }
        var at = 2
        var isTurned = false
        while at + 9 < bytes.count {
            guard bytes[at] == 0xFF else { return nil }
            let marker = bytes[at + 1]
            if marker == 0xFF {
                at += 1
                continue
            }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                return PictureHeader("jpeg", bytes.big(at + 7, 2), bytes.big(at + 5, 2), isTurned: isTurned)
            }
            if marker == 0xE1, bytes.text(at + 4, 4) == "Exif" { isTurned = isTurnedByTIFF(bytes, at + 10) }
            at += 2 + bytes.big(at + 2, 2)
        }
        return nil
    }

    private static func webp(_ bytes: Bytes) -> PictureHeader? {
        guard bytes.text(0, 4) == "RIFF", bytes.text(8, 4) == "WEBP" else { return nil }
        switch bytes.text(12, 4) {
        case "VP8 ": return PictureHeader("webp", bytes.little(26, 2) & 0x3FFF, bytes.little(28, 2) & 0x3FFF)
        case "VP8L":
            let bits = bytes.little(21, 4)
            return PictureHeader("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case "VP8X":
            var at = 12
            var isTurned = false
            while at + 8 < bytes.count {
                if bytes.text(at, 4) == "EXIF" {
                    // Some writers keep the prefix that JPEG has there.
                    isTurned = isTurnedByTIFF(bytes, bytes.text(at + 8, 4) == "Exif" ? at + 14 : at + 8)
                }
                at += 8 + (bytes.little(at + 4, 4) + 1) / 2 * 2
            }
            return PictureHeader("webp", bytes.little(24, 3) + 1, bytes.little(27, 3) + 1, isTurned: isTurned)
        default: return nil
        }
    }

    /// The largest `ispe` is the picture's own; smaller ones belong to tiles and thumbnails.
    private static func heif(_ bytes: Bytes) -> PictureHeader? {
        guard bytes.text(4, 4) == "ftyp" else { return nil }
        let isAVIF = bytes.text(8, bytes.big(0, 4) - 8).contains("avif")
        var found = PictureHeader(isAVIF ? "avif" : "heic", 0, 0)
        func walk(_ range: Range<Int>) {
            var at = range.lowerBound
            while at + 8 <= range.upperBound {
                let size = bytes.big(at, 4)
                guard size >= 8, at + size <= range.upperBound else { return }
                switch bytes.text(at + 4, 4) {
                case "meta": walk(at + 12..<at + size)
                case "iprp", "ipco": walk(at + 8..<at + size)
                case "ispe":
                    let (width, height) = (bytes.big(at + 12, 4), bytes.big(at + 16, 4))
                    if width * height > found.width * found.height { (found.width, found.height) = (width, height) }
                case "irot": found.isTurned = bytes[at + 8] & 1 == 1
                default: break
                }
                at += size
            }
        }
        walk(0..<bytes.count)
        return found.width > 0 ? found : nil
    }

    /// Whether the orientation tag of a TIFF structure is one of the four that exchange the sides.
    private static func isTurnedByTIFF(_ bytes: Bytes, _ start: Int) -> Bool {
        let isBig = bytes.text(start, 2) == "MM"
        func number(_ at: Int, _ count: Int) -> Int {
            isBig ? bytes.big(start + at, count) : bytes.little(start + at, count)
        }
        let directory = number(4, 4)
        for index in 0..<min(number(directory, 2), 200) where number(directory + 2 + index * 12, 2) == 0x0112 {
            return (5...8).contains(number(directory + 2 + index * 12 + 8, 2))
        }
        return false
    }
}

/// Of a picture, in pixels.
struct Size: Hashable, Sendable, CustomStringConvertible {
    var width: Int
    var height: Int

    var description: String { "\(width)x\(height)" }
}

/// Bytes that read as zero beyond their end.
private struct Bytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    subscript(_ index: Int) -> Int { bytes.indices.contains(index) ? Int(bytes[index]) : 0 }

    func big(_ at: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 << 8 | self[at + $1] } }
    func little(_ at: Int, _ count: Int) -> Int { (0..<count).reversed().reduce(0) { $0 << 8 | self[at + $1] } }

    /// As Latin-1, so that every byte is one character.
    func text(_ at: Int, _ count: Int) -> String {
        String(String.UnicodeScalarView((0..<max(0, count)).map { Unicode.Scalar(UInt8(self[at + $0])) }))
    }
}
