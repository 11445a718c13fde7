/// Where the bytes of a HEIF item are (ISO/IEC 14496-12, 8.11.3).
package struct HEIFLocation: Hashable, Sendable {
    /// What offsets count from.
    package enum Base: Hashable, Sendable {
        case file
        case data
        case unsupported
    }

    package var base: Base

    /// Offset and length of each piece, in bytes. A length of zero means up to the end. Numbers too large for `Int` are
    /// `Int.max`, which is beyond the end of anything.
    package var extents: [Extent] = []

    package struct Extent: Hashable, Sendable {
        package var offset: Int
        package var length: Int
    }

    /// Bytes of all extents together.
    package var byteCount: Int {
        extents.reduce(0) { $0.plusSaturating($1.length) }
    }

    /// Field widths, which the whole `iloc` box shares.
    package struct Form {
        var version: UInt8
        var offset: Int
        var length: Int
        var base: Int
        var index: Int

        /// - Parameter sizes: four fields of four bits each, as in the file.
        init(version: UInt8, sizes: Int) {
            self.version = version
            offset = min(sizes >> 12 & 15, 8)
            length = min(sizes >> 8 & 15, 8)
            base = min(sizes >> 4 & 15, 8)
            index = version > 0 ? min(sizes & 15, 8) : 0
        }
    }

    /// Reads one item's entry, from behind its number.
    package init(_ content: inout ByteReader, _ form: Form) throws(HeaderError) {
        let method = form.version > 0 ? try content.big16() & 15 : 0
        base = method == 0 ? .file : method == 1 ? .data : .unsupported
        try content.skip(2)  // data reference
        let start = Int(clamping: try content.big(form.base))
        let extentCount = try content.big16()
        // Files are written in one piece, sometimes two; extents may take no bytes at all, so a short file could ask
        // for any number of them.
        guard extentCount <= 32 else { throw .malformed(.heifProperty) }
        for _ in 0..<extentCount {
            try content.skip(form.index)
            let offset = start.plusSaturating(Int(clamping: try content.big(form.offset)))
            let length = Int(clamping: try content.big(form.length))
            extents.append(Extent(offset: offset, length: length))
        }
    }
}
