/// One box of an ISO base media file (ISO/IEC 14496-12, 4.2): a type, and a content that may be boxes again.
package struct HEIFBox {
    package var type: FourCC
    package var content: ByteReader

    /// Reads a full box's version and flags, off the beginning of the content.
    package mutating func readVersion() throws(HeaderError) -> (version: UInt8, flags: UInt32) {
        let word = UInt32(try content.big(4))
        return (UInt8(word >> 24), word & 0xFF_FFFF)
    }
}

/// Hands out the boxes of one container after the other, and stops when there have been too many in all.
///
/// Which boxes are containers is settled by who asks for the boxes inside them, so nesting is as deep as our code and
/// no deeper.
package struct HEIFBoxes {
    /// Boxes of a whole file that are looked at. The largest pictures of phones have about 250: an `infe` for each
    /// tile, and some properties. More would be work for the decoder, too, which searches its lists one by one.
    package static let countMax = 4_096

    private var count = 0

    package init() {}

    /// The next box in `container`, or nil at its end.
    ///
    /// - Parameter isFile: true for the file itself, where an overrun means that the end has been cut off: it ends the
    ///   walk, as do rests too small for a box. Inside a box an overrun is a contradiction, and throws.
    package mutating func next(in container: inout ByteReader, isFile: Bool = false) throws(HeaderError) -> HEIFBox? {
        guard !container.isAtEnd, !isFile || container.remaining >= 8 else { return nil }
        count += 1
        guard count <= Self.countMax else { throw .malformed(.heifBoxCount) }
        let start = container.offset
        var size = try container.big32()
        let type = try container.fourCC()
        if size == 1 {
            size = Int(clamping: try container.big(8))
        } else if size == 0 {
            size = container.offset - start + container.remaining  // up to the end
        }
        let length = size - (container.offset - start)
        guard length >= 0 else { throw .malformed(.heifBox) }
        if isFile, length > container.remaining { return nil }
        let content = try container.take(length, pastEnd: .malformed(.heifBox))
        return HEIFBox(type: type, content: content)
    }
}
