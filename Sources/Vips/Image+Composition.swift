import CVips

/// One picture on another.
extension Image {
    /// Puts this picture on another of the same size, both weighted by their alpha; what has none is opaque.
    /// - Returns: with alpha.
    package borrowing func over(_ base: borrowing Image) throws(VipsError) -> Image {
        let operation = Operation("composite2")
        operation.set("base", base)
        operation.set("overlay", self)
        operation.set("mode", Int(VIPS_BLEND_MODE_OVER.rawValue))
        return try operation.image().rounded().castToByte()
    }

    /// Puts another picture's pixels in the place of this one's, as they are. Both have the same bands.
    package borrowing func inserting(_ other: borrowing Image, left: Int, top: Int) throws(VipsError) -> Image {
        let operation = Operation("insert")
        operation.set("main", self)
        operation.set("sub", other)
        operation.set("x", left)
        operation.set("y", top)
        return try operation.image()
    }

    /// With an alpha channel that is multiplied by a number from 0 to 1; unchanged for 1.
    package borrowing func faded(to opacity: Double) throws(VipsError) -> Image {
        guard opacity < 1 else { return try same() }
        let picture = hasAlpha ? try same() : try withOpaqueAlpha()
        let operation = Operation("linear")
        operation.set("in", picture)
        operation.set("a", Array(repeating: 1, count: picture.bands - 1) + [opacity])
        operation.set("b", Array(repeating: 0, count: picture.bands))
        return try operation.image().rounded().castToByte()
    }

    /// To the nearest whole number.
    private borrowing func rounded() throws(VipsError) -> Image {
        let operation = Operation("round")
        operation.set("in", self)
        operation.set("round", Int(VIPS_OPERATION_ROUND_RINT.rawValue))
        return try operation.image()
    }
}
