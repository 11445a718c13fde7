/// What red, green and blue of a picture are, as points of the CIE 1931 diagram; white is D65.
package struct RGBPrimaries: Hashable, Sendable {
    private let red: SIMD2<Double>
    private let green: SIMD2<Double>
    private let blue: SIMD2<Double>

    private init(red: (Double, Double), green: (Double, Double), blue: (Double, Double)) {
        self.red = SIMD2(red.0, red.1)
        self.green = SIMD2(green.0, green.1)
        self.blue = SIMD2(blue.0, blue.1)
    }

    /// sRGB's too.
    package static let bt709 = RGBPrimaries(red: (0.640, 0.330), green: (0.300, 0.600), blue: (0.150, 0.060))
    package static let bt601of625 = RGBPrimaries(red: (0.640, 0.330), green: (0.290, 0.600), blue: (0.150, 0.060))
    package static let bt601of525 = RGBPrimaries(red: (0.630, 0.340), green: (0.310, 0.595), blue: (0.155, 0.070))
    package static let bt2020 = RGBPrimaries(red: (0.708, 0.292), green: (0.170, 0.797), blue: (0.131, 0.046))
    package static let displayP3 = RGBPrimaries(red: (0.680, 0.320), green: (0.265, 0.690), blue: (0.150, 0.060))

    private static let white = xyz(SIMD2(0.3127, 0.3290))

    /// What each of them at its full gives to X, Y and Z, such that all together make white.
    private var columns: [SIMD3<Double>] {
        let plain = [red, green, blue].map(Self.xyz)
        let amounts = Self.amounts(of: plain, in: Self.white)
        return plain.indices.map { plain[$0] * amounts[$0] }
    }

    /// What each of them at its full gives to luminance.
    var luminance: SIMD3<Double> {
        let columns = columns
        return SIMD3(columns[0].y, columns[1].y, columns[2].y)
    }

    /// What each of them at its full is in linear light of sRGB, of which some is below 0 or above 1.
    var inStandard: [SIMD3<Double>] {
        let standard = Self.bt709.columns
        return columns.map { Self.amounts(of: standard, in: $0) }
    }

    /// X, Y and Z of a point, where Y is 1.
    private static func xyz(_ point: SIMD2<Double>) -> SIMD3<Double> {
        SIMD3(point.x / point.y, 1, (1 - point.x - point.y) / point.y)
    }

    /// How much of each of three columns makes a value (Cramer's rule).
    private static func amounts(of columns: [SIMD3<Double>], in value: SIMD3<Double>) -> SIMD3<Double> {
        let (a, b, c) = (columns[0], columns[1], columns[2])
        let whole = volume(a, b, c)
        return SIMD3(volume(value, b, c), volume(a, value, c), volume(a, b, value)) / whole
    }

    private static func volume(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) -> Double {
        let cross = SIMD3(b.y * c.z - b.z * c.y, b.z * c.x - b.x * c.z, b.x * c.y - b.y * c.x)
        return (a * cross).sum()
    }
}
