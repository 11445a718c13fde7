/// The description of a picture that is put together from equal tiles (ISO/IEC 23008-12, 6.6.2.3).
package struct HEIFGrid: Sendable, Hashable {
    package var rowCount: Int
    package var columnCount: Int

    /// Size of the whole, in pixels; what the tiles have beyond it is cut off.
    package var width: Int
    package var height: Int

    package var tileCount: Int { rowCount * columnCount }

    package init(_ content: ByteReader) throws(HeaderError) {
        var content = content
        guard try content.byte() == 0 else { throw .malformed(.heifGrid) }
        let fieldByteCount = try content.byte() & 1 == 0 ? 2 : 4
        rowCount = Int(try content.byte()) + 1
        columnCount = Int(try content.byte()) + 1
        width = Int(try content.big(fieldByteCount))
        height = Int(try content.big(fieldByteCount))
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
    }

    /// True if tiles of this size reach the right and lower edge, and none is wholly beyond them.
    package func isCovered(byTilesOf tileWidth: Int, _ tileHeight: Int) -> Bool {
        tileWidth.timesSaturating(columnCount) >= width && tileHeight.timesSaturating(rowCount) >= height
            && tileWidth * (columnCount - 1) < width && tileHeight * (rowCount - 1) < height
    }
}
