/// Gives pixels that nobody sees, those of alpha 0, the colours of their neighbours.
///
/// An encoder with loss knows nothing of alpha: at an edge it mixes what is behind it, black mostly, into what is seen, which then
/// has a dark fringe. Colours are spread by halving the picture, with what is seen alone in each mean, until nothing is unknown, and
/// from there back: near an edge they are those of the edge.
package enum AlphaBleeding {
    /// Changes the picture in place. Nothing that is seen changes, nor does any alpha.
    /// - Parameters:
    ///   - picture: with alpha; of another one nothing is changed.
    ///   - goesOn: asked now and then; false leaves the picture half done.
    /// - Returns: whether it came to its end.
    package static func run(_ picture: PixelRows, while goesOn: () -> Bool) -> Bool {
        guard picture.shape.channels.hasAlpha else { return true }
        var levels = [Colours(halving: picture)]
        while let last = levels.last, !last.isComplete, last.width > 1 || last.height > 1 {
            guard goesOn() else { return false }
            levels.append(Colours(halving: last))
        }
        // Nothing is seen at all.
        guard levels.last?.isComplete == true else { return true }
        for index in levels.indices.dropLast().reversed() {
            guard goesOn() else { return false }
            levels[index].fill(from: levels[index + 1])
        }
        guard goesOn() else { return false }
        levels[0].fill(picture)
        return true
    }

    /// Colours of squares of pixels, where any of them is known.
    private struct Colours {
        let width: Int
        let height: Int
        /// Without alpha.
        let channels: Int
        private var samples: [UInt8]
        private var isKnown: [Bool]

        var isComplete: Bool { isKnown.allSatisfy { $0 } }

        private init(width: Int, height: Int, channels: Int) {
            self.width = width
            self.height = height
            self.channels = channels
            samples = [UInt8](repeating: 0, count: width * height * channels)
            isKnown = [Bool](repeating: false, count: width * height)
        }

        /// Of two by two pixels each.
        init(halving picture: PixelRows) {
            let stride = picture.channels
            self.init(
                width: (picture.shape.width + 1) / 2, height: (picture.shape.height + 1) / 2, channels: stride - 1)
            set(of: picture.shape.width, picture.shape.height) { x, y in
                let pixel = picture.row(y) + x * stride
                return pixel[stride - 1] > 0 ? UnsafePointer(pixel) : nil
            }
        }

        init(halving other: Colours) {
            self.init(width: (other.width + 1) / 2, height: (other.height + 1) / 2, channels: other.channels)
            other.samples.withUnsafeBufferPointer { samples in
                set(of: other.width, other.height) { x, y in
                    let cell = y * other.width + x
                    return other.isKnown[cell] ? samples.baseAddress! + cell * other.channels : nil
                }
            }
        }

        /// - Parameter colour: of a pixel of the larger picture; nil where it isn't known.
        private mutating func set(of width: Int, _ height: Int, _ colour: (Int, Int) -> UnsafePointer<UInt8>?) {
            var sums = [Int](repeating: 0, count: channels)
            for y in 0..<self.height {
                for x in 0..<self.width {
                    for channel in 0..<channels { sums[channel] = 0 }
                    var count = 0
                    for line in 2 * y..<min(height, 2 * y + 2) {
                        for column in 2 * x..<min(width, 2 * x + 2) {
                            guard let colour = colour(column, line) else { continue }
                            count += 1
                            for channel in 0..<channels { sums[channel] += Int(colour[channel]) }
                        }
                    }
                    guard count > 0 else { continue }
                    let cell = y * self.width + x
                    isKnown[cell] = true
                    for channel in 0..<channels {
                        samples[cell * channels + channel] = UInt8((sums[channel] + count / 2) / count)
                    }
                }
            }
        }

        /// Takes what isn't known from the next smaller picture, all of which is known.
        mutating func fill(from other: Colours) {
            for y in 0..<height {
                for x in 0..<width where !isKnown[y * width + x] {
                    let (cell, source) = (y * width + x, (y / 2) * other.width + x / 2)
                    for channel in 0..<channels {
                        samples[cell * channels + channel] = other.samples[source * channels + channel]
                    }
                }
            }
        }

        func fill(_ picture: PixelRows) {
            for y in 0..<picture.shape.height {
                let row = picture.row(y)
                for x in 0..<picture.shape.width where row[x * (channels + 1) + channels] == 0 {
                    let source = ((y / 2) * width + x / 2) * channels
                    for channel in 0..<channels { row[x * (channels + 1) + channel] = samples[source + channel] }
                }
            }
        }
    }
}
