/// Squares of one colour each, the mean of their pixels by alpha, beginning at the left and upper edges.
package enum Pixelation {
    /// Changes the picture in place.
    /// - Parameters:
    ///   - block: the side of a square, in pixels, above 0.
    ///   - goesOn: asked at each row of squares; false leaves the picture half done.
    /// - Returns: whether it came to its end.
    package static func run(_ picture: PixelRows, block: Int, while goesOn: () -> Bool) -> Bool {
        let (width, height, channels) = (picture.shape.width, picture.shape.height, picture.channels)
        let count = picture.shape.rowSamples
        let values = UnsafeMutablePointer<Float>.allocate(capacity: 2 * count)
        defer { values.deallocate() }
        let sums = values + count
        for top in stride(from: 0, to: height, by: block) {
            guard goesOn() else { return false }
            let lines = top..<min(height, top + block)
            sums.initialize(repeating: 0, count: count)
            for line in lines {
                picture.read(line, into: values)
                for sample in 0..<count { sums[sample] += values[sample] }
            }
            for left in stride(from: 0, to: width, by: block) {
                let pixels = left..<min(width, left + block)
                let scale = 1 / Float(pixels.count * lines.count)
                for channel in 0..<channels {
                    var sum: Float = 0
                    for pixel in pixels { sum += sums[pixel * channels + channel] }
                    for pixel in pixels { values[pixel * channels + channel] = sum * scale }
                }
            }
            picture.write(top, from: values)
            for line in lines.dropFirst() { picture.row(line).update(from: picture.row(top), count: count) }
        }
        return true
    }
}
