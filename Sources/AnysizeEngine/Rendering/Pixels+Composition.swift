import Vips

extension Pixels {
    /// Puts one picture on another, which keeps its size and whether it has alpha. It stays gray where both are.
    ///
    /// Only the part that is covered is computed anew, all other pixels stay what they were.
    static func put(
        _ top: borrowing Image, on bottom: borrowing Image, left: Int, top y: Int
    ) throws(VipsError) -> Image {
        let isGray = top.bands < 3 && bottom.bands < 3
        let below = isGray ? try bottom.inMemory() : try toRGB(bottom).inMemory()
        let above = isGray ? try top.same() : try toRGB(top)
        let part = try below.extract(left: left, top: y, width: top.width, height: top.height)
        let composed = try above.over(part)
        let kept = below.hasAlpha ? composed : try composed.extractBands(from: 0, count: below.bands)
        return try below.inserting(kept, left: left, top: y)
    }
}
