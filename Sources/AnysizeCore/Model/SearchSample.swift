/// Tiles from all over a large picture, laid side by side: what a search for a quality looks at instead of the whole, which is then
/// encoded once, or for a size until it fits.
package struct SearchSample: Hashable, Sendable {
    /// Of the tiles together.
    package let size: PixelSize
    package let tiles: [Tile]

    package struct Tile: Hashable, Sendable {
        /// Of the picture.
        package let source: PixelRect
        /// On the sample.
        package let left: Int
        package let top: Int
    }

    /// Of the square tiles there are; nil where the picture is too narrow for them.
    package var tileSide: Int? {
        guard let tile = tiles.first?.source.size, tile.width == Self.tileSide, tile.height == Self.tileSide else {
            return nil
        }
        return Self.tileSide
    }

    /// Pictures of no more pixels are looked at whole.
    package static let wholePixelCountMax = 800_000
    /// Of both sides of a tile, in pixels; no side is longer than the picture's.
    static let tileSide = 128
    /// Encodings of it that a search for a size takes at most.
    package static let tryCountMax = 6
    static let tileCountMax = 24

    /// Nil for a picture that is small enough to be looked at whole.
    package init?(of picture: PixelSize) {
        guard picture.pixelCount > Self.wholePixelCountMax else { return nil }
        let (width, height) = (min(Self.tileSide, picture.width), min(Self.tileSide, picture.height))
        let aspect = Double(picture.width) / Double(picture.height)
        let squarish = Int((Double(Self.tileCountMax) * aspect).squareRoot().rounded())
        let columns = max(1, min(squarish, Self.tileCountMax, picture.width / width))
        let rows = max(1, min(Self.tileCountMax / columns, picture.height / height))
        size = PixelSize(width: columns * width, height: rows * height)
        tiles = (0..<rows * columns).map { index in
            let (row, column) = (index / columns, index % columns)
            let source = PixelRect(
                left: Self.place(column, of: columns, in: picture.width - width),
                top: Self.place(row, of: rows, in: picture.height - height), width: width, height: height)
            return Tile(source: source, left: column * width, top: row * height)
        }
    }

    /// From edge to edge, or in the middle if there is one.
    private static func place(_ index: Int, of count: Int, in room: Int) -> Int {
        count == 1 ? room / 2 : room * index / (count - 1)
    }
}

extension RenderPlan {
    /// What stands for the result while a quality is looked for; nil where all of it does.
    package var searchSample: SearchSample? { frameCount == 1 ? SearchSample(of: size) : nil }
}
