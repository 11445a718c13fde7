import Foundation

/// Which source pixels of one axis each result pixel is made of, and in what shares.
///
/// Lanczos with three lobes, widened by the reduction. Where the kernel reaches beyond the window's pixels, the outermost one stands in.
struct Taps {
    /// Source pixels for each result pixel.
    let count: Int
    /// The first source pixel of each result pixel, counted from the picture's first.
    let first: [Int]
    /// `count` shares for each result pixel, one after the other; each result pixel's add up to 1.
    let shares: [Float]

    private static let lobes = 3.0

    /// - Parameters:
    ///   - start: where the window begins, in source pixels.
    ///   - extent: how many source pixels the window has, with a fraction.
    ///   - side: pixels of the whole axis of the source.
    ///   - outputCount: pixels of the result, at least 1.
    init(start: Double, extent: Double, side: Int, outputCount: Int) {
        let factor = extent / Double(outputCount)
        let scale = max(1, factor)
        let reach = Self.lobes * scale
        let lowest = max(0, Int(start.rounded(.down)))
        let highest = min(side, max(lowest + 1, Int((start + extent - 1e-6).rounded(.up)))) - 1
        let span = Int((2 * reach).rounded(.up)) + 1
        let count = min(span, highest - lowest + 1)
        var first: [Int] = []
        var shares = [Float](repeating: 0, count: outputCount * count)
        first.reserveCapacity(outputCount)
        var values = [Double](repeating: 0, count: count)
        for output in 0..<outputCount {
            // In the middle of a source pixel this is its whole number.
            let centre = start + (Double(output) + 0.5) * factor - 0.5
            let from = Int((centre - reach).rounded(.up))
            let base = min(max(from, lowest), highest + 1 - count)
            for index in 0..<count { values[index] = 0 }
            var sum = 0.0
            for pixel in from..<from + span {
                let value = Self.lanczos((Double(pixel) - centre) / scale)
                sum += value
                values[min(max(pixel, lowest), highest) - base] += value
            }
            for index in 0..<count { shares[output * count + index] = Float(values[index] / sum) }
            first.append(base)
        }
        self.count = count
        self.first = first
        self.shares = shares
    }

    private static func lanczos(_ x: Double) -> Double {
        guard x != 0 else { return 1 }
        guard abs(x) < lobes else { return 0 }
        let angle = Double.pi * x
        return lobes * sin(angle) * sin(angle / lobes) / (angle * angle)
    }
}
