#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A blurred picture as 20 to 40 characters, for the many clients that already know how to draw it.
///
/// The BlurHash format of Wolt, written from its published description (`Algorithm.md`): a cosine transform in linear
/// light, the first components of it quantised and spelled in base 83. It knows no transparency, so the picture is
/// laid over white first; `ThumbHash` keeps it. Test vectors come from an independent implementation.
package enum BlurHash {
    /// The longest side accepted, in pixels. More would only cost time: at most nine waves fit in.
    package static let sideMax = 100

    /// The components that suit a picture's shape: four along its longer side and three along the other, four both
    /// ways if neither side is a fifth longer.
    ///
    /// Sides are in any unit, at least 1.
    package static func components(width: Int, height: Int) -> (x: Int, y: Int) {
        if 5 * width >= 6 * height { return (4, 3) }
        if 5 * height >= 6 * width { return (3, 4) }
        return (4, 4)
    }

    /// The hash of a picture, `4 + 2 * componentsX * componentsY` characters of ASCII.
    ///
    /// The alphabet includes `#`, `%`, `?` and others that must be escaped in a URL, but neither quotes nor backslash.
    ///
    /// - Parameters:
    ///   - rgba: Rows from the top, four bytes a pixel, sRGB with alpha *not* multiplied in; `4 * width * height`
    ///     bytes.
    ///   - width: 1 to `sideMax` pixels.
    ///   - height: 1 to `sideMax` pixels.
    ///   - componentsX: How many waves to keep across, 1 to 9.
    ///   - componentsY: How many waves to keep down, 1 to 9.
    package static func encode(
        rgba: [UInt8],
        width: Int,
        height: Int,
        componentsX: Int,
        componentsY: Int
    ) -> String {
        precondition(1...sideMax ~= width && 1...sideMax ~= height, "BlurHash takes sides of 1 to 100 pixels.")
        precondition(rgba.count == 4 * width * height, "BlurHash takes four bytes a pixel.")
        precondition(1...9 ~= componentsX && 1...9 ~= componentsY, "BlurHash takes 1 to 9 components each way.")

        let factors = transform(linearOverWhite(rgba), width, height, componentsX, componentsY)
        let (mean, others) = (factors[0], factors.dropFirst())

        var text = Base83()
        text.append(componentsX - 1 + 9 * (componentsY - 1), digitCount: 1)
        let largest = others.map { max(abs($0.x), abs($0.y), abs($0.z)) }.max() ?? 0
        let scaleStep = min(max(Int((166 * largest - 0.5).rounded(.down)), 0), 82)
        text.append(others.isEmpty ? 0 : scaleStep, digitCount: 1)
        text.append(sRGB(mean.x) << 16 | sRGB(mean.y) << 8 | sRGB(mean.z), digitCount: 4)
        // Scaled by what the reader will read back, not by the exact largest value.
        let scale = Double(scaleStep + 1) / 166
        for factor in others {
            let digits = (step(factor.x / scale) * 19 + step(factor.y / scale)) * 19 + step(factor.z / scale)
            text.append(digits, digitCount: 2)
        }
        return text.string
    }

    /// The pixels over white, in linear light: red, green and blue as 0...1.
    private static func linearOverWhite(_ rgba: [UInt8]) -> [SIMD3<Double>] {
        let linear = (0...255).map { byte in
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return stride(from: 0, to: rgba.count, by: 4).map { start in
            // Blended as sRGB values, as browsers do and as the variants are flattened.
            func channel(_ index: Int) -> Double {
                let alpha = Int(rgba[start + 3])
                return linear[(Int(rgba[start + index]) * alpha + 255 * (255 - alpha) + 127) / 255]
            }
            return SIMD3(channel(0), channel(1), channel(2))
        }
    }

    /// The components row by row, the mean colour first.
    private static func transform(
        _ pixels: [SIMD3<Double>],
        _ width: Int,
        _ height: Int,
        _ across: Int,
        _ down: Int
    ) -> [SIMD3<Double>] {
        let rows = (0..<across).map { horizontal in
            let wave = cosine(horizontal, count: width)
            return (0..<height).map { y in
                (0..<width).reduce(SIMD3<Double>.zero) { $0 + pixels[y * width + $1] * wave[$1] }
            }
        }
        var factors: [SIMD3<Double>] = []
        for vertical in 0..<down {
            let wave = cosine(vertical, count: height)
            for horizontal in 0..<across {
                let sum = (0..<height).reduce(SIMD3<Double>.zero) { $0 + rows[horizontal][$1] * wave[$1] }
                let weight = factors.isEmpty ? 1.0 : 2.0
                factors.append(sum * weight / Double(width * height))
            }
        }
        return factors
    }

    /// Half a period per `frequency` over `count` samples. From the pixels' edges, not their centres: so says the
    /// format.
    private static func cosine(_ frequency: Int, count: Int) -> [Double] {
        (0..<count).map { cos(Double.pi * Double(frequency) * Double($0) / Double(count)) }
    }

    /// A linear value as an sRGB byte.
    private static func sRGB(_ linear: Double) -> Int {
        let value = min(max(linear, 0), 1)
        let encoded = value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
        return Int(encoded * 255 + 0.5)
    }

    /// An amplitude of -1...1 as one of 19 steps, finer around zero.
    private static func step(_ amplitude: Double) -> Int {
        // A flat picture leaves rounding errors, which the square root below would make visible.
        let amplitude = abs(amplitude) < 1e-9 ? 0 : amplitude
        let curved = amplitude < 0 ? -(-amplitude).squareRoot() : amplitude.squareRoot()
        return min(max(Int((9 * curved + 9.5).rounded(.down)), 0), 18)
    }
}

extension BlurHash {
    /// Numbers as a fixed count of base-83 digits, the most significant first.
    private struct Base83 {
        private static let alphabet = Array(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~".utf8
        )

        private var characters: [UInt8] = []

        mutating func append(_ value: Int, digitCount: Int) {
            var rest = value
            var digits: [UInt8] = []
            for _ in 0..<digitCount {
                digits.append(Self.alphabet[rest % 83])
                rest /= 83
            }
            characters += digits.reversed()
        }

        var string: String { String(decoding: characters, as: UTF8.self) }
    }
}
