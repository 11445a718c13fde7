/// Pixels from integer arithmetic, so that any language makes the same: a gradient in each channel with a small
/// pattern on it that keeps frequencies from cancelling out exactly.
struct TestPicture {
    let width: Int
    let height: Int
    /// Rows from the top, four bytes a pixel.
    let rgba: [UInt8]

    /// - Parameter isTranslucent: Whether alpha falls off towards the top left corner.
    init(width: Int, height: Int, isTranslucent: Bool) {
        self.width = width
        self.height = height
        var rgba: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let red = min(255, 20 + x * 200 / width + (x * 7 + y * 13) % 23)
                let green = 60 + y * 150 / height + (x * 11 + y * 5) % 17
                let blue = 200 - (x + y) * 160 / (width + height) + (x * 3 + y * 19) % 29
                let alpha = (x * x + y * y) * 255 / (width * width + height * height)
                rgba += [UInt8(red), UInt8(green), UInt8(blue), isTranslucent ? UInt8(alpha) : 255]
            }
        }
        self.rgba = rgba
    }

    /// One pixel, many times.
    static func flat(_ red: UInt8, _ green: UInt8, _ blue: UInt8, _ alpha: UInt8, pixelCount: Int) -> [UInt8] {
        (0..<pixelCount).flatMap { _ in [red, green, blue, alpha] }
    }
}
