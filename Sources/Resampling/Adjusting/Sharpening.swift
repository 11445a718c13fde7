/// Makes edges steeper: each pixel moves away from the mean of its surroundings, in luma alone, so that no colours appear
/// that weren't there. Neighbours count by their alpha.
package enum Sharpening {
    /// Of the surroundings, in pixels: what a reduction softens is about this wide.
    private static let sigma = 1.0

    /// Sharpens in place.
    /// - Parameters:
    ///   - amount: how often the difference from the surroundings is added.
    ///   - goesOn: asked again and again; false leaves the picture half done.
    /// - Returns: whether it came to its end.
    package static func run(_ picture: PixelRows, amount: Double, while goesOn: () -> Bool) -> Bool {
        let hasAlpha = picture.shape.channels.hasAlpha
        let channels = picture.channels
        let isGray = channels < 3
        let numbers = hasAlpha ? 2 : 1
        let width = picture.shape.width
        let blur = RowBlur(count: width * numbers, channels: numbers, height: picture.shape.height, sigma: sigma)
        let amount = Float(amount)
        return blur.run(
            while: goesOn,
            read: { y, values in
                let row = UnsafePointer(picture.row(y))
                for pixel in 0..<width {
                    let luma = Self.luma(row + pixel * channels, isGray)
                    guard hasAlpha else {
                        values[pixel] = luma
                        continue
                    }
                    let alpha = Float(row[pixel * channels + channels - 1])
                    values[2 * pixel] = luma * alpha
                    values[2 * pixel + 1] = alpha
                }
            },
            write: { y, values in
                let row = picture.row(y)
                for pixel in 0..<width {
                    let place = row + pixel * channels
                    let around = hasAlpha ? values[2 * pixel] / max(values[2 * pixel + 1], 1e-6) : values[pixel]
                    let step = amount * (Self.luma(place, isGray) - around)
                    for channel in 0..<(isGray ? 1 : 3) {
                        place[channel] = PixelRows.byte(Float(place[channel]) + step)
                    }
                }
            })
    }

    /// As JPEG has it.
    @inline(__always)
    private static func luma(_ pixel: UnsafePointer<UInt8>, _ isGray: Bool) -> Float {
        isGray ? Float(pixel[0]) : 0.299 * Float(pixel[0]) + 0.587 * Float(pixel[1]) + 0.114 * Float(pixel[2])
    }
}
