/// A Gaussian blur whose cost has a bound whatever its width: a wide one is made of a shrunken picture.
///
/// Colours are weighted by alpha.
package enum Blur {
    /// Up to here, in pixels, every pixel of the picture is added up.
    private static let fineMax = 4.0

    /// Blurs in place.
    /// - Parameters:
    ///   - sigma: in pixels, above 0.
    ///   - goesOn: asked again and again; false leaves the picture half done.
    /// - Returns: whether it came to its end.
    package static func run(_ picture: PixelRows, sigma: Double, while goesOn: () -> Bool) -> Bool {
        guard sigma > fineMax else {
            let blur = RowBlur(
                count: picture.shape.rowSamples, channels: picture.channels, height: picture.shape.height,
                sigma: sigma)
            return blur.run(
                while: goesOn, read: { picture.read($0, into: $1) }, write: { picture.write($0, from: $1) })
        }
        // Of the shrunken picture's pixels, two or more in a sigma: enough for what is left in it.
        return CoarseBlur(picture, factor: Int(sigma / 2), sigma: sigma).run(while: goesOn)
    }
}

/// Means of squares, blurred, and enlarged by cubic splines: the variances of the three add up to the one that is asked for.
private final class CoarseBlur {
    private let picture: PixelRows
    private let factor: Int
    private let columns: Int
    private let rows: Int
    /// Of a row of squares, with room for two squares on either side and for vectors of sixteen.
    private let capacity: Int
    private let squares: UnsafeMutablePointer<Float>
    private let sigma: Double

    init(_ picture: PixelRows, factor: Int, sigma: Double) {
        self.picture = picture
        self.factor = factor
        columns = (picture.shape.width + factor - 1) / factor
        rows = (picture.shape.height + factor - 1) / factor
        capacity = (columns + 4) * picture.channels + 32
        squares = .allocate(capacity: capacity * rows)
        squares.initialize(repeating: 0, count: capacity * rows)
        // The mean of a square has the first variance, the spline the second, in squares.
        let side = Double(factor)
        let rest = sigma * sigma / (side * side) - (1 - 1 / (side * side)) / 12 - 1.0 / 3
        self.sigma = max(0.1, rest.squareRoot())
    }

    deinit { squares.deallocate() }

    func run(while goesOn: () -> Bool) -> Bool {
        guard shrink(while: goesOn) else { return false }
        let blur = RowBlur(
            count: columns * picture.channels, channels: picture.channels, height: rows, sigma: sigma)
        let isBlurred = blur.run(
            while: goesOn,
            read: { $1.update(from: row($0), count: columns * picture.channels) },
            write: { row($0).update(from: $1, count: columns * picture.channels) })
        return isBlurred && enlarge(while: goesOn)
    }

    /// A row of squares, past the two on its left.
    private func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        squares + index * capacity + 2 * picture.channels
    }

    private func shrink(while goesOn: () -> Bool) -> Bool {
        let count = picture.shape.rowSamples
        let channels = picture.channels
        let values = UnsafeMutablePointer<Float>.allocate(capacity: 2 * count)
        defer { values.deallocate() }
        let sums = values + count
        for square in 0..<rows {
            guard goesOn() else { return false }
            let lines = square * factor..<min(picture.shape.height, (square + 1) * factor)
            sums.initialize(repeating: 0, count: count)
            for line in lines {
                picture.read(line, into: values)
                for sample in 0..<count { sums[sample] += values[sample] }
            }
            let target = row(square)
            for column in 0..<columns {
                let pixels = column * factor..<min(picture.shape.width, (column + 1) * factor)
                let scale = 1 / Float(pixels.count * lines.count)
                for channel in 0..<channels {
                    var sum: Float = 0
                    for pixel in pixels { sum += sums[pixel * channels + channel] }
                    target[column * channels + channel] = sum * scale
                }
            }
        }
        return true
    }

    private func enlarge(while goesOn: () -> Bool) -> Bool {
        let channels = picture.channels
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: capacity + picture.shape.rowSamples)
        memory.initialize(repeating: 0, count: capacity + picture.shape.rowSamples)
        defer { memory.deallocate() }
        let sums = memory + 2 * channels
        let result = memory + capacity
        let across = (0..<picture.shape.width).map { Spline($0, factor) }
        for y in 0..<picture.shape.height {
            guard goesOn() else { return false }
            addUp(Spline(y, factor), into: sums)
            for (x, spline) in across.enumerated() {
                let from = sums + spline.first * channels
                for channel in 0..<channels {
                    result[x * channels + channel] =
                        spline.shares.x * from[channel] + spline.shares.y * from[channel + channels]
                        + spline.shares.z * from[channel + 2 * channels] + spline.shares.w
                        * from[channel + 3 * channels]
                }
            }
            picture.write(y, from: result)
        }
        return true
    }

    /// One line of the result, still in columns of squares, with the outermost repeated twice.
    private func addUp(_ spline: Spline, into sums: UnsafeMutablePointer<Float>) {
        let channels = picture.channels
        let sources = (0..<4).map { tap in
            UnsafePointer(row(min(max(spline.first + tap, 0), rows - 1)))
        }
        let shares = (0..<4).map { spline.shares[$0] }
        RowSums.vertical(sources, shares, taps: 4, count: columns * channels, into: sums)
        for index in 1...2 {
            (sums - index * channels).update(from: sums, count: channels)
            (sums + (columns - 1 + index) * channels).update(from: sums + (columns - 1) * channels, count: channels)
        }
    }
}

/// Where one result pixel lies between squares, and its shares of four of them: the uniform cubic B-spline.
private struct Spline {
    /// From -2, two squares beyond the edge.
    let first: Int
    let shares: SIMD4<Float>

    init(_ pixel: Int, _ factor: Int) {
        let place = (Float(pixel) + 0.5) / Float(factor) - 0.5
        let whole = place.rounded(.down)
        let t = place - whole
        let u = 1 - t
        first = Int(whole) - 1
        shares = SIMD4(u * u * u, 3 * t * t * t - 6 * t * t + 4, 3 * u * u * u - 6 * u * u + 4, t * t * t) / 6
    }
}
