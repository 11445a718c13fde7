/// Whose a photograph is, by what was written into it: all that `metadata=copyright` keeps.
///
/// Three kinds of metadata can say it, and photographers' programs write all, or any. Of each of the two, the first that has it is
/// believed, in the order of the Metadata Working Group: EXIF, IPTC, XMP.
package struct Rights: Hashable, Sendable {
    package var copyright: String?
    package var artist: String?

    package init(copyright: String? = nil, artist: String? = nil) {
        self.copyright = copyright
        self.artist = artist
    }

    /// Bytes of UTF-8 that either has at most; what is longer is cut.
    package static let byteCountMax = 1000

    package var isEmpty: Bool { copyright == nil && artist == nil }

    /// What this one doesn't say, as another one says it.
    package func completed(by other: Rights) -> Rights {
        Rights(copyright: copyright ?? other.copyright, artist: artist ?? other.artist)
    }

    /// On one line, without control characters or blanks at its ends, and not too long; nil where nothing is left.
    static func text(_ raw: String) -> String? {
        var text = String.UnicodeScalarView()
        var byteCount = 0
        for scalar in raw.unicodeScalars {
            let isBlank = scalar.value <= 32 || (0x7F...0xA0).contains(scalar.value)
            if isBlank, text.last.map({ $0 == " " }) ?? true { continue }
            let next: Unicode.Scalar = isBlank ? " " : scalar
            byteCount += UTF8.width(next)
            guard byteCount <= byteCountMax else { break }
            text.append(next)
        }
        if text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }

    /// Several names as one, as EXIF has them.
    static func joined(_ names: [String]) -> String? { text(names.compactMap { text($0) }.joined(separator: "; ")) }
}

// MARK: - EXIF

extension Rights {
    /// From a block of EXIF, as JPEG's APP1 has it, with its `Exif` in front or without.
    package init(exif bytes: UnsafeRawBufferPointer) {
        self.init()
        guard let reader = TIFFReader(exif: bytes, valueByteCountMax: Self.byteCountMax + 1) else { return }
        for entry in reader.entries(at: reader.number(at: 4, byteCount: 4)) {
            switch entry.tag {
            case Self.artistTag: artist = artist ?? entry.text.flatMap { Self.text($0) }
            case Self.copyrightTag: copyright = copyright ?? entry.text.flatMap { Self.text($0) }
            default: continue
            }
        }
    }

    private static let artistTag = 0x013B
    private static let copyrightTag = 0x8298

    /// A block of EXIF that says this and nothing else, with its `Exif` in front.
    package var exif: [UInt8] {
        let entries = [(Self.artistTag, artist), (Self.copyrightTag, copyright)].compactMap { tag, text in
            text.map { (tag: tag, bytes: Array($0.utf8) + [0]) }
        }
        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * (byteCount - 1 - $0))) }
        }
        // Header, count, entries, and the end of the chain; then what doesn't stand in an entry itself.
        var offset = 8 + 2 + 12 * entries.count + 4
        var directory = number(entries.count, 2)
        var values: [UInt8] = []
        for entry in entries {
            directory += number(entry.tag, 2) + number(2, 2) + number(entry.bytes.count, 4)
            if entry.bytes.count <= 4 {
                directory += entry.bytes + [UInt8](repeating: 0, count: 4 - entry.bytes.count)
            } else {
                directory += number(offset, 4)
                values += entry.bytes
                offset += entry.bytes.count
            }
        }
        return Array("Exif\0\0MM\0*".utf8) + number(8, 4) + directory + number(0, 4) + values
    }
}
