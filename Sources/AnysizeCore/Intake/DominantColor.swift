/// The one colour to paint a picture's place with before anything else is known.
package enum DominantColor {
    /// The longest side accepted, in pixels. A small picture is enough: this is about areas, not details.
    package static let sideMax = 100

    /// The most common colour as `#rrggbb`, lower case.
    ///
    /// Pixels are sorted into 4096 bins, 16 levels a channel; the heaviest bin wins and the result is the mean of the
    /// pixels in it. A pixel weighs 1, and up to half as much again for its saturation, so that of two areas about as
    /// large the coloured one wins over grey. Among equally heavy bins the darkest red (then green, then blue) wins, to
    /// have the same answer always.
    ///
    /// Only pixels at least half opaque count, at full weight; if there are none, the answer is white, on which
    /// transparency is laid elsewhere too.
    ///
    /// - Parameters:
    ///   - rgba: Rows from the top, four bytes a pixel, sRGB with alpha *not* multiplied in; `4 * width * height`
    ///     bytes.
    ///   - width: 1 to `sideMax` pixels.
    ///   - height: 1 to `sideMax` pixels.
    package static func hex(rgba: [UInt8], width: Int, height: Int) -> String {
        precondition(1...sideMax ~= width && 1...sideMax ~= height, "DominantColor takes sides of 1 to 100 pixels.")
        precondition(rgba.count == 4 * width * height, "DominantColor takes four bytes a pixel.")

        var bins = [Bin](repeating: Bin(), count: 4096)
        for start in stride(from: 0, to: rgba.count, by: 4) where rgba[start + 3] >= 128 {
            let (red, green, blue) = (Int(rgba[start]), Int(rgba[start + 1]), Int(rgba[start + 2]))
            bins[(red >> 4) << 8 | (green >> 4) << 4 | blue >> 4].add(red, green, blue)
        }
        var winner = Bin()
        for bin in bins where bin.weight > winner.weight { winner = bin }
        return winner.hex
    }

    /// The pixels of like colour.
    private struct Bin {
        /// In units of 1/512 pixel, to stay with whole numbers.
        var weight = 0
        private var pixelCount = 0
        private var redSum = 0
        private var greenSum = 0
        private var blueSum = 0

        mutating func add(_ red: Int, _ green: Int, _ blue: Int) {
            let saturation = max(red, green, blue) - min(red, green, blue)
            weight += 512 + saturation
            pixelCount += 1
            redSum += red
            greenSum += green
            blueSum += blue
        }

        var hex: String {
            guard pixelCount > 0 else { return "#ffffff" }
            return "#"
                + [redSum, greenSum, blueSum].map { sum in
                    let mean = (sum + pixelCount / 2) / pixelCount
                    return (mean < 16 ? "0" : "") + String(mean, radix: 16)
                }.joined()
        }
    }
}
