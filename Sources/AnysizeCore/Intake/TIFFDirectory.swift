/// The first directory of a TIFF file: those of its entries that say what the picture is.
///
/// Of an entry that comes twice the first counts, as it does for the decoder.
struct TIFFDirectory {
    /// Tags that are looked at.
    enum Tag: Int, CaseIterable {
        case width = 256
        case height = 257
        case bitsPerSample = 258
        case compression = 259
        case colours = 262
        case stripOffsets = 273
        case samplesPerPixel = 277
        case tileWidth = 322
        case tileHeight = 323
        case tileOffsets = 324
        case sampleFormat = 339
        case xmp = 700
        case iptc = 33_723
        case photoshop = 34_377
        case profile = 34_675
    }

    private struct Entry {
        let type: Int
        let count: Int
        /// Where its values begin, from the start of the file.
        let start: Int
    }

    private let bytes: UnsafeRawBufferPointer
    private let isLittle: Bool
    private var entries: [Tag: Entry] = [:]

    /// More than any writer needs; the decoder draws the line there too.
    private static let entryCountMax = 4_096
    /// Of one entry: a sample each, and there are at most five.
    private static let numberCountMax = 5

    init(_ bytes: UnsafeRawBufferPointer) throws(HeaderError) {
        self.bytes = bytes
        var reader = ByteReader(bytes)
        isLittle = try reader.byte() == 0x49
        try reader.skip(1)
        let isBig = try number(2, from: &reader) == 43
        if isBig { try reader.skip(4) }  // how long offsets are
        let offset = try number(isBig ? 8 : 4, from: &reader)
        var list = try Self.reader(bytes, at: offset)
        let count = try number(isBig ? 8 : 2, from: &list)
        guard (1...Self.entryCountMax).contains(count) else { throw .malformed(.tiffDirectory) }
        for _ in 0..<count { try addEntry(from: &list, isBig: isBig) }
    }

    private mutating func addEntry(from list: inout ByteReader, isBig: Bool) throws(HeaderError) {
        let tag = Tag(rawValue: try number(2, from: &list))
        let type = try number(2, from: &list)
        let count = try number(isBig ? 8 : 4, from: &list)
        let room = isBig ? 8 : 4
        let own = bytes.count - list.remaining
        let value = try number(room, from: &list)
        guard let tag, entries[tag] == nil else { return }
        // What is short enough stands in the entry itself.
        let byteCount = count.timesSaturating(Self.sizes[type] ?? 1)
        entries[tag] = Entry(type: type, count: count, start: byteCount <= room ? own : value)
    }

    func has(_ tag: Tag) -> Bool { entries[tag] != nil }

    /// The first value of an entry, nil where there is no such entry.
    func number(_ tag: Tag) throws(HeaderError) -> Int? { try numbers(tag)?.first }

    /// The values of an entry, at most five, nil where there is no such entry.
    func numbers(_ tag: Tag) throws(HeaderError) -> [Int]? {
        guard let entry = entries[tag] else { return nil }
        guard let size = Self.sizes[entry.type], entry.count > 0 else { throw .malformed(.tiffDirectory) }
        var reader = try Self.reader(bytes, at: entry.start)
        var numbers: [Int] = []
        for _ in 0..<min(entry.count, Self.numberCountMax) { numbers.append(try number(size, from: &reader)) }
        return numbers
    }

    /// Bytes of everything that isn't pixels.
    var metadataByteCount: Int {
        [Tag.xmp, .iptc, .photoshop, .profile].reduce(0) { sum, tag in
            guard let entry = entries[tag] else { return sum }
            let (total, overflows) = sum.addingReportingOverflow(
                entry.count.timesSaturating(Self.sizes[entry.type] ?? 1))
            return overflows ? .max : total
        }
    }

    /// Bytes of a whole number without sign, by its type: BYTE, SHORT, LONG, and LONG8; UNDEFINED is bytes too.
    private static let sizes = [1: 1, 3: 2, 4: 4, 7: 1, 16: 8]

    private static func reader(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(HeaderError) -> ByteReader {
        var reader = ByteReader(bytes)
        try reader.skip(offset)
        return reader
    }

    /// A number of 1 to 8 bytes in the file's order; what an `Int` can't hold is its largest.
    private func number(_ byteCount: Int, from reader: inout ByteReader) throws(HeaderError) -> Int {
        let value = try reader.big(byteCount)
        let ordered = isLittle ? value.byteSwapped >> UInt64(64 - 8 * byteCount) : value
        return Int(clamping: ordered)
    }
}
