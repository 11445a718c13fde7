import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

#if canImport(Glibc)
    import Glibc
#endif

/// Colours against what arithmetic says they must be, as a distance in CIE L*a*b* (delta E 1976).
///
/// The expected ones come from each file's own samples and the definition of its colour space, and not from a second library.
@Suite(.timeLimit(.minutes(2))) struct ColourTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        /// Delta E, on average and of the worst pixel.
        let mean: Double
        let worst: Double
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "p3.png", mean: 0.3, worst: 1.5), Case(name: "p3.jpg", mean: 0.3, worst: 2.5),
        Case(name: "adobe.png", mean: 0.3, worst: 1.5), Case(name: "swapped.jpg", mean: 0.1, worst: 1),
        Case(name: "cmyk.jpg", mean: 1, worst: 3), Case(name: "gray.jpg", mean: 0.1, worst: 1),
        Case(name: "gray16.png", mean: 0.3, worst: 1), Case(name: "rgb16.png", mean: 0.5, worst: 1.5),
    ])
    func renderedColoursAreTheRightOnes(_ test: Case) async throws {
        let samples = try Self.samples(of: test.name)
        let seen = try await Pictures.see(test.name, "format=png")
        let count = seen.width * seen.height
        try #require(samples.count == count * samples.channels)
        var (sum, worst) = (0.0, 0.0)
        for pixel in 0..<count {
            let expected = Self.expected((0..<samples.channels).map { samples[pixel, $0] }, test.name)
            let shown = (0..<3).map { Double(seen.pixels[pixel * seen.bands + min($0, seen.bands - 1)]) / 255 }
            let distance = Self.distance(Self.lab(expected), Self.lab(shown))
            sum += distance
            worst = max(worst, distance)
        }
        #expect(sum / Double(count) < test.mean, "mean delta E")
        #expect(worst < test.worst, "worst delta E")
    }

    /// The ramp of `rgb16.png` in twelve bits, through a lossy encoder.
    @Test func twelveBitsAreNoBrighterOrDarkerThanTheyWere() async throws {
        let samples = try Self.samples(of: "rgb16.png")
        let seen = try await Pictures.see("photo12.avif", "format=png")
        let count = seen.width * seen.height
        let sum = (0..<count).reduce(0.0) { sum, pixel in
            let shown = (0..<3).map { Double(seen.pixels[pixel * seen.bands + $0]) / 255 }
            return sum + Self.distance(Self.lab((0..<3).map { samples[pixel, $0] }), Self.lab(shown))
        }
        #expect(sum / Double(count) < 1.5)
    }

    /// At ten bits the encoder ends the whole process on Debian 12, so nothing may ask for them, deep originals least of all.
    @Test(arguments: ["photo12.avif", "rgb16.png", "gray16.png", "photo.heic"])
    func avifIsAlwaysWrittenWithEightBits(_ name: String) async throws {
        for query in ["format=avif", "format=avif&lossless=1", "format=avif&w=50"] {
            let variant = try await Pictures.render(try Fixture.original(name), query).variant
            let header = try variant.bytes.withUnsafeReadableBytes {
                try ImageHeader.read($0, limits: HeaderLimits())
            }
            #expect(header.bitDepth == 8, "?\(query)")
        }
    }
}

// MARK: - What is right

extension ColourTests {
    /// A file's own samples, from 0 to 1, profile or not.
    private struct Samples {
        let bytes: [UInt8]
        let channels: Int
        let isShort: Bool

        var count: Int { isShort ? bytes.count / 2 : bytes.count }

        subscript(_ pixel: Int, _ channel: Int) -> Double {
            let index = pixel * channels + channel
            guard isShort else { return Double(bytes[index]) / 255 }
            return Double(Int(bytes[index * 2]) | Int(bytes[index * 2 + 1]) << 8) / 65535
        }
    }

    private static func samples(of name: String) throws -> Samples {
        let bytes = try Fixture.original(name)
        _ = Pictures.renderer
        return try Vips.job { () throws(VipsError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                let image = try Image.load(bytes, as: name.hasSuffix("png") ? .png : .jpeg)
                return Samples(bytes: try image.pixels(), channels: image.bands, isShort: image.isShort)
            }
        }
    }

    /// The sRGB colour of samples of that file, from 0 to 1.
    private static func expected(_ samples: [Double], _ name: String) -> [Double] {
        switch name {
        case "p3.png", "p3.jpg":
            return screen(samples.map(linear), Primaries(red: (0.680, 0.320), green: (0.265, 0.690)))
        case "swapped.jpg":
            return screen(samples.map(linear), Primaries(red: (0.300, 0.600), green: (0.640, 0.330)))
        case "adobe.png":
            return screen(samples.map { pow($0, 563.0 / 256) }, Primaries(red: (0.640, 0.330), green: (0.210, 0.710)))
        case "cmyk.jpg":
            // The profile's inks are ideal.
            return (0..<3).map { (1 - samples[$0]) * (1 - samples[3]) }
        default:
            return samples.count < 3 ? [samples[0], samples[0], samples[0]] : samples
        }
    }

    static func linear(_ value: Double) -> Double {
        value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    static func curved(_ value: Double) -> Double {
        let value = min(1, max(0, value))
        return value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
    }

    /// Light of other primaries as sRGB, what it can't show clipped.
    private static func screen(_ light: [Double], _ primaries: Primaries) -> [Double] {
        solve(Primaries.screen.columns, primaries.xyz(light)).map(curved)
    }

    static func lab(_ colour: [Double]) -> [Double] {
        let xyz = zip(Primaries.screen.xyz(colour.map(linear)), Primaries.white).map { $0 / $1 }
        let f = xyz.map { $0 > 216.0 / 24389 ? cbrt($0) : (24389.0 / 27 * $0 + 16) / 116 }
        return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    }

    static func distance(_ first: [Double], _ second: [Double]) -> Double {
        zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// Red, green and blue by their chromaticities; white is D65, and all spaces here have the same blue.
    private struct Primaries {
        static let white = [0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290]
        static let screen = Primaries(red: (0.640, 0.330), green: (0.300, 0.600))

        /// What each of them at its full gives to X, Y and Z.
        let columns: [[Double]]

        init(red: (Double, Double), green: (Double, Double)) {
            let blue = (0.150, 0.060)
            let plain: [[Double]] = [red, green, blue].map { (x: Double, y: Double) -> [Double] in
                [x / y, 1, (1 - x - y) / y]
            }
            let amounts = ColourTests.solve(plain, Self.white)
            columns = zip(plain, amounts).map { (column: [Double], amount: Double) -> [Double] in
                column.map { $0 * amount }
            }
        }

        func xyz(_ light: [Double]) -> [Double] {
            (0..<3).map { (row: Int) -> Double in
                columns[0][row] * light[0] + columns[1][row] * light[1] + columns[2][row] * light[2]
            }
        }
    }

    /// How much of each of three columns makes a value (Cramer's rule).
    private static func solve(_ columns: [[Double]], _ value: [Double]) -> [Double] {
        func determinant(_ c: [[Double]]) -> Double {
            let first: Double = c[0][0] * (c[1][1] * c[2][2] - c[2][1] * c[1][2])
            let second: Double = c[1][0] * (c[0][1] * c[2][2] - c[2][1] * c[0][2])
            let third: Double = c[2][0] * (c[0][1] * c[1][2] - c[1][1] * c[0][2])
            return first - second + third
        }
        let whole = determinant(columns)
        return (0..<3).map { index in
            var replaced = columns
            replaced[index] = value
            return determinant(replaced) / whole
        }
    }
}
