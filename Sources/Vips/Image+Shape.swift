import CVips

/// Turns by any angle, and shapes to cut out.
extension Image {
    /// Turns around the middle onto a canvas of that size. Needs an image whose pixels are in memory.
    /// - Parameters:
    ///   - cosine, sine: of the angle, clockwise.
    ///   - background: one number a channel: what the canvas is where the picture isn't. Edges are a blend of both.
    ///   - premultiplied: whether colours are multiplied by alpha already.
    package borrowing func turned(
        cosine: Double, sine: Double, width: Int, height: Int, background: [Double], premultiplied: Bool
    ) throws(VipsError) -> Image {
        // The middle of the pixels' centres goes to the middle of the canvas's.
        let from = (x: Double(self.width - 1) / 2, y: Double(self.height - 1) / 2)
        let to = (x: Double(width - 1) / 2, y: Double(height - 1) / 2)
        let operation = Operation("affine")
        operation.set("in", self)
        operation.set("matrix", [cosine, -sine, sine, cosine])
        operation.set("interpolate", interpolator: "bicubic")
        operation.set("odx", to.x - (cosine * from.x - sine * from.y))
        operation.set("ody", to.y - (sine * from.x + cosine * from.y))
        operation.set("oarea", [0, 0, width, height])
        operation.set("extend", Int(VIPS_EXTEND_BACKGROUND.rawValue))
        operation.set("background", background)
        operation.set("premultiplied", premultiplied)
        return try operation.image()
    }
}
