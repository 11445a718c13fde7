#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Pixels are sorted into bins of like colour, and the bins gathered around at most six centres (k-means), in a space in which
/// distances are about as large as they look (Oklab). The first centre is the largest bin; each further one the bin that is at
/// once large and far from all before it. No chance is in it: one picture has one palette.
extension Palette {
    /// - Parameters:
    ///   - rgba: four bytes a pixel, sRGB with alpha not multiplied in, as ``DominantColor`` takes them.
    /// - Returns: nil where nothing is at least half opaque.
    package init?(rgba: [UInt8]) {
        precondition(rgba.count.isMultiple(of: 4), "A palette takes four bytes a pixel.")
        let bins = Self.bins(rgba)
        guard !bins.isEmpty else { return nil }
        var centers = Self.seeds(bins)
        var nearest: [Int] = []
        for _ in 0..<Self.roundCount {
            nearest = bins.map { bin in Self.nearest(to: bin.point, among: centers).index }
            for index in centers.indices {
                let own = zip(bins, nearest).filter { $0.1 == index }.map(\.0)
                if !own.isEmpty { centers[index] = Self.middle(own) }
            }
        }
        let total = bins.reduce(0) { $0 + $1.pixelCount }
        entries = centers.indices.compactMap { index in
            let own = zip(bins, nearest).filter { $0.1 == index }.map(\.0)
            return Self.entry(own, of: total)
        }.sorted { ($1.thousandths, $0.color) < ($0.thousandths, $1.color) }
    }

    /// After so many, centres move by less than can be seen.
    private static let roundCount = 6
    /// Squared distance in Oklab below which two colours look much alike; black and white are 1 apart.
    private static let distanceMin = 0.0016
    /// What is rarer is a speck.
    private static let thousandthsMin = 5

    private typealias Point = SIMD3<Double>

    private struct Bin {
        var pixelCount = 0
        var sum = SIMD3<Int>()
        var point = Point()

        /// Of its pixels, from 0 to 255.
        var mean: Point { Point(Double(sum.x), Double(sum.y), Double(sum.z)) / Double(pixelCount) }
    }

    private static func bins(_ rgba: [UInt8]) -> [Bin] {
        var bins = [Bin](repeating: Bin(), count: 4096)
        for start in stride(from: 0, to: rgba.count, by: 4) where rgba[start + 3] >= 128 {
            let color = SIMD3(Int(rgba[start]), Int(rgba[start + 1]), Int(rgba[start + 2]))
            let index = (color.x >> 4) << 8 | (color.y >> 4) << 4 | color.z >> 4
            bins[index].pixelCount += 1
            bins[index].sum &+= color
        }
        return bins.filter { $0.pixelCount > 0 }.map { bin in
            var bin = bin
            bin.point = oklab(bin.mean)
            return bin
        }
    }

    private static func seeds(_ bins: [Bin]) -> [Point] {
        var centers: [Point] = []
        while centers.count < countMax {
            var best: (weight: Double, point: Point)?
            for bin in bins {
                let distance = centers.isEmpty ? 1 : nearest(to: bin.point, among: centers).distance
                let weight = distance < distanceMin ? 0 : Double(bin.pixelCount) * distance
                if weight > best?.weight ?? 0 { best = (weight, bin.point) }
            }
            guard let best else { break }
            centers.append(best.point)
        }
        return centers
    }

    private static func nearest(to point: Point, among centers: [Point]) -> (index: Int, distance: Double) {
        var best = (index: 0, distance: Double.infinity)
        for (index, center) in centers.enumerated() {
            let difference = point - center
            let distance = (difference * difference).sum()
            if distance < best.distance { best = (index, distance) }
        }
        return best
    }

    private static func middle(_ bins: [Bin]) -> Point {
        let sum = bins.reduce(Point()) { $0 + $1.point * Double($1.pixelCount) }
        return sum / Double(bins.reduce(0) { $0 + $1.pixelCount })
    }

    private static func entry(_ bins: [Bin], of total: Int) -> Entry? {
        let pixelCount = bins.reduce(0) { $0 + $1.pixelCount }
        let thousandths = (1000 * pixelCount + total / 2) / total
        guard thousandths >= thousandthsMin else { return nil }
        let sum = bins.reduce(SIMD3<Int>()) { $0 &+ $1.sum }
        let mean = (0..<3).map { UInt8((sum[$0] + pixelCount / 2) / pixelCount) }
        return Entry(color: "#\(Hex.encode(mean))", thousandths: thousandths)
    }

    /// From sRGB, 0 to 255 a channel; the matrices are those of Björn Ottosson's "A perceptual color space for image processing".
    private static func oklab(_ srgb: Point) -> Point {
        func linear(_ value: Double) -> Double {
            let value = value / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let (red, green, blue) = (linear(srgb.x), linear(srgb.y), linear(srgb.z))
        let long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        let middle = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        let short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        return Point(
            0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
            1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
            0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
        )
    }
}
