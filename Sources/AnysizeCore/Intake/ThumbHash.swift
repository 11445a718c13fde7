#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A picture's outline in about 25 bytes, to show while the picture itself is on its way.
///
/// The ThumbHash format (Evan Wallace, 2023): the lowest frequencies of luminance, of two colour differences and, if
/// there is any transparency, of alpha, four bits each behind a header of five or six bytes. The header holds the
/// aspect ratio too. Callers print the bytes as base64. This is written from the layout of the bytes; the test
/// vectors come from an independent implementation.
package enum ThumbHash {
    /// The longest side accepted, in pixels: the format's own limit, more detail than the hash can hold.
    package static let sideMax = 100

    /// The hash of a picture, 5 to 25 bytes.
    ///
    /// - Parameters:
    ///   - rgba: Rows from the top, four bytes a pixel, sRGB with alpha *not* multiplied in; `4 * width * height`
    ///     bytes.
    ///   - width: 1 to `sideMax` pixels.
    ///   - height: 1 to `sideMax` pixels.
    package static func encode(rgba: [UInt8], width: Int, height: Int) -> [UInt8] {
        precondition(1...sideMax ~= width && 1...sideMax ~= height, "ThumbHash takes sides of 1 to 100 pixels.")
        precondition(rgba.count == 4 * width * height, "ThumbHash takes four bytes a pixel.")

        let planes = Planes(rgba: rgba)
        let longSide = Double(max(width, height))
        // Alpha needs room as well, so luminance gives up two frequencies for it.
        let frequencyCountMax = planes.hasAlpha ? 5.0 : 7.0
        let across = max(1, Int((frequencyCountMax * Double(width) / longSide).rounded()))
        let down = max(1, Int((frequencyCountMax * Double(height) / longSide).rounded()))

        func waves(_ plane: [Double], _ across: Int, _ down: Int) -> Waves {
            Waves(plane: plane, width: width, height: height, across: across, down: down)
        }
        let luminance = waves(planes.luminance, max(3, across), max(3, down))
        let yellowBlue = waves(planes.yellowBlue, 3, 3)
        let redGreen = waves(planes.redGreen, 3, 3)

        let isLandscape = width > height
        var bytes = BitWriter()
        bytes.write(63 * luminance.mean, bitCount: 6)
        bytes.write(31.5 + 31.5 * yellowBlue.mean, bitCount: 6)
        bytes.write(31.5 + 31.5 * redGreen.mean, bitCount: 6)
        bytes.write(31 * luminance.scale, bitCount: 5)
        bytes.write(planes.hasAlpha ? 1 : 0, bitCount: 1)
        bytes.write(Double(isLandscape ? down : across), bitCount: 3)
        bytes.write(63 * yellowBlue.scale, bitCount: 6)
        bytes.write(63 * redGreen.scale, bitCount: 6)
        bytes.write(isLandscape ? 1 : 0, bitCount: 1)
        guard planes.hasAlpha else {
            bytes.write([luminance, yellowBlue, redGreen])
            return bytes.finish()
        }
        let alpha = waves(planes.alpha, 5, 5)
        bytes.write(15 * alpha.mean, bitCount: 4)
        bytes.write(15 * alpha.scale, bitCount: 4)
        bytes.write([luminance, yellowBlue, redGreen, alpha])
        return bytes.finish()
    }
}

extension ThumbHash {
    /// The picture as the format sees it, one number a pixel and plane.
    private struct Planes {
        /// The mean of red, green and blue, 0...1.
        var luminance: [Double] = []
        /// The mean of red and green less blue, -1...1.
        var yellowBlue: [Double] = []
        /// Red less green, -1...1.
        var redGreen: [Double] = []
        /// 0...1.
        var alpha: [Double] = []
        /// Whether any pixel is less than opaque.
        var hasAlpha = false

        /// Lays the pixels over their own mean colour, so that what can't be seen adds no contrast.
        init(rgba: [UInt8]) {
            var (red, green, blue, alphaSum) = (0.0, 0.0, 0.0, 0.0)
            for start in stride(from: 0, to: rgba.count, by: 4) {
                let opacity = Double(rgba[start + 3]) / 255
                red += opacity * Double(rgba[start]) / 255
                green += opacity * Double(rgba[start + 1]) / 255
                blue += opacity * Double(rgba[start + 2]) / 255
                alphaSum += opacity
                if rgba[start + 3] < 255 { hasAlpha = true }
            }
            if alphaSum > 0 { (red, green, blue) = (red / alphaSum, green / alphaSum, blue / alphaSum) }

            let count = rgba.count / 4
            luminance.reserveCapacity(count)
            yellowBlue.reserveCapacity(count)
            redGreen.reserveCapacity(count)
            alpha.reserveCapacity(count)
            for start in stride(from: 0, to: rgba.count, by: 4) {
                let opacity = Double(rgba[start + 3]) / 255
                let r = red * (1 - opacity) + opacity * Double(rgba[start]) / 255
                let g = green * (1 - opacity) + opacity * Double(rgba[start + 1]) / 255
                let b = blue * (1 - opacity) + opacity * Double(rgba[start + 2]) / 255
                luminance.append((r + g + b) / 3)
                yellowBlue.append((r + g) / 2 - b)
                redGreen.append(r - g)
                alpha.append(opacity)
            }
        }
    }

    /// The lowest frequencies of one plane (a cosine transform, cut off along a diagonal).
    private struct Waves {
        /// The mean of the plane.
        var mean = 0.0
        /// The largest magnitude among the other frequencies.
        var scale = 0.0
        /// The other frequencies, row by row, as 0...1 with the middle for none; all 0 if `scale` is.
        var amplitudes: [Double] = []

        init(plane: [Double], width: Int, height: Int, across: Int, down: Int) {
            // Along the rows first, then down the columns: a plane of 100 by 100 takes 8 passes instead of 31.
            let rows = (0..<across).map { frequency in
                let wave = Waves.cosine(frequency, count: width)
                return (0..<height).map { y in
                    (0..<width).reduce(0.0) { $0 + plane[y * width + $1] * wave[$1] }
                }
            }
            for vertical in 0..<down {
                let wave = Waves.cosine(vertical, count: height)
                for horizontal in 0..<across where horizontal * down < across * (down - vertical) {
                    let sum = (0..<height).reduce(0.0) { $0 + rows[horizontal][$1] * wave[$1] }
                    add(sum / Double(width * height), isMean: horizontal == 0 && vertical == 0)
                }
            }
            guard scale > 0 else { return }
            let unit = 0.5 / scale
            amplitudes = amplitudes.map { 0.5 + unit * $0 }
        }

        private mutating func add(_ value: Double, isMean: Bool) {
            guard !isMean else {
                mean = value
                return
            }
            // A flat plane leaves rounding errors here, which would be scaled up to noise that differs by machine.
            let value = abs(value) < 1e-9 ? 0 : value
            amplitudes.append(value)
            scale = max(scale, abs(value))
        }

        /// Half a period per `frequency` over `count` samples taken at the pixels' centres.
        private static func cosine(_ frequency: Int, count: Int) -> [Double] {
            (0..<count).map { cos(Double.pi / Double(count) * Double(frequency) * (Double($0) + 0.5)) }
        }
    }

    /// Numbers of a few bits each, the first in the lowest bits of the first byte.
    private struct BitWriter {
        private var bytes: [UInt8] = []
        private var pending: UInt32 = 0
        private var pendingBitCount = 0

        /// Writes `value` to the nearest whole number that fits.
        mutating func write(_ value: Double, bitCount: Int) {
            let whole = UInt32(min(max(value.rounded(), 0), Double(1 << bitCount - 1)))
            pending |= whole << pendingBitCount
            pendingBitCount += bitCount
            while pendingBitCount >= 8 {
                bytes.append(UInt8(pending & 0xFF))
                pending >>= 8
                pendingBitCount -= 8
            }
        }

        mutating func write(_ planes: [Waves]) {
            for amplitude in planes.flatMap(\.amplitudes) { write(15 * amplitude, bitCount: 4) }
        }

        /// The bytes, the last filled up with zeros.
        consuming func finish() -> [UInt8] {
            if pendingBitCount > 0 { bytes.append(UInt8(pending & 0xFF)) }
            return bytes
        }
    }
}
