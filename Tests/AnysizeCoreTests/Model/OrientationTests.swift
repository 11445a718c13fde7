import AnysizeCore
import Testing

@Suite struct OrientationTests {
    /// Where a stored pixel is seen, by the definition of each EXIF value: which side of the picture row 0 and column 0 are.
    private static func seen(_ exif: Int, x: Int, y: Int, stored: PixelSize) -> (Int, Int) {
        let (right, bottom) = (stored.width - 1 - x, stored.height - 1 - y)
        return switch exif {
        case 2: (right, y)
        case 3: (right, bottom)
        case 4: (x, bottom)
        case 5: (y, x)
        case 6: (bottom, x)
        case 7: (bottom, right)
        case 8: (y, right)
        default: (x, y)
        }
    }

    @Test(arguments: 1...8)
    func aRectangleOfTheUprightPictureIsFoundInTheStoredPixels(_ exif: Int) {
        let stored = PixelSize(width: 7, height: 4)
        let orientation = Orientation(exif: exif)
        let upright = orientation.applied(to: stored)
        let rect = PixelRect(left: 1, top: 0, width: 2, height: 3)
        let found = orientation.stored(rect, upright: upright)
        for y in 0..<stored.height {
            for x in 0..<stored.width {
                let (u, v) = Self.seen(exif, x: x, y: y, stored: stored)
                let isInside =
                    (rect.left..<rect.left + rect.width).contains(u) && (rect.top..<rect.top + rect.height).contains(v)
                let isFound =
                    (found.left..<found.left + found.width).contains(x)
                    && (found.top..<found.top + found.height).contains(y)
                #expect(isInside == isFound, "orientation \(exif), stored pixel \(x),\(y)")
            }
        }
    }

    @Test func nonsenseMeansUpright() {
        for exif in [-1, 0, 9, 1000] { #expect(Orientation(exif: exif).isUpright) }
    }
}
