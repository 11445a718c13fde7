/// Reads the directories of a TIFF structure, which is what EXIF is. Never beyond its end, and never more than a directory can
/// sensibly have.
struct TIFFReader {
    /// One tag; only one of the three has something in it.
    struct Entry {
        let tag: Int
        var text: String?
        var numbers: [Int] = []
        var fractions: [Fraction] = []
    }

    struct Fraction {
        let above: Int
        let below: Int

        var value: Double { Double(above) / Double(below) }
    }

    private static let entryCountMax = 200

    private let bytes: UnsafeRawBufferPointer
    private let isLittle: Bool
    /// Longer values are left out.
    private let valueByteCountMax: Int

    /// Nil where it doesn't begin like one.
    /// - Parameters:
    ///   - exif: a block as JPEG's APP1 has it, with its `Exif` in front or without.
    ///   - valueByteCountMax: values of more bytes are left out.
    init?(exif: UnsafeRawBufferPointer, valueByteCountMax: Int = 256) {
        var bytes = exif
        if bytes.starts(with: Array("Exif\0\0".utf8)) { bytes = UnsafeRawBufferPointer(rebasing: bytes[6...]) }
        guard bytes.count >= 8 else { return nil }
        switch (bytes[0], bytes[1]) {
        case (0x49, 0x49): isLittle = true
        case (0x4D, 0x4D): isLittle = false
        default: return nil
        }
        self.bytes = bytes
        self.valueByteCountMax = valueByteCountMax
        guard number(at: 2, byteCount: 2) == 42 else { return nil }
    }

    /// An unsigned number; 0 where it would go beyond the end.
    func number(at offset: Int, byteCount: Int) -> Int {
        guard offset >= 0, offset <= bytes.count - byteCount else { return 0 }
        let part = bytes[offset..<offset + byteCount]
        return isLittle ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The tags of the directory there; none where there is none.
    func entries(at offset: Int) -> [Entry] {
        guard offset >= 8, offset <= bytes.count - 2 else { return [] }
        let count = min(number(at: offset, byteCount: 2), Self.entryCountMax, (bytes.count - offset - 2) / 12)
        return (0..<count).compactMap { entry(at: offset + 2 + 12 * $0) }
    }

    private func entry(at offset: Int) -> Entry? {
        let type = number(at: offset + 2, byteCount: 2)
        let count = number(at: offset + 4, byteCount: 4)
        guard let size = Self.sizes[type], count > 0, count <= valueByteCountMax / size else { return nil }
        // Up to four bytes stand in the entry itself.
        let start = size * count <= 4 ? offset + 8 : number(at: offset + 8, byteCount: 4)
        guard start >= 8, start <= bytes.count - size * count else { return nil }
        var entry = Entry(tag: number(at: offset, byteCount: 2))
        switch type {
        case 2:
            guard let text = text(bytes[start..<start + count]) else { return nil }
            entry.text = text
        case 5, 10:
            entry.fractions = (0..<count).map { index in
                let above = number(at: start + 8 * index, byteCount: 4)
                let below = number(at: start + 8 * index + 4, byteCount: 4)
                return type == 5
                    ? Fraction(above: above, below: below)
                    : Fraction(above: Self.signed(above), below: Self.signed(below))
            }
        default:
            entry.numbers = (0..<count).map { index in
                let value = number(at: start + size * index, byteCount: size)
                return type == 9 ? Self.signed(value) : value
            }
        }
        return entry
    }

    /// Bytes of one value: BYTE, ASCII, SHORT, LONG, RATIONAL, SLONG, SRATIONAL.
    private static let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 9: 4, 10: 8]

    private static func signed(_ value: Int) -> Int { Int(Int32(truncatingIfNeeded: value)) }

    /// Up to the first NUL, without control characters; nil where nothing is left.
    private func text(_ part: Slice<UnsafeRawBufferPointer>) -> String? {
        let text = String(legacy: part.prefix { $0 != 0 })
        let shown = String(text.unicodeScalars.filter { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) })
        let trimmed = shown.drop { $0 == " " }
        guard let last = trimmed.lastIndex(where: { $0 != " " }) else { return nil }
        return String(trimmed[...last])
    }
}
