/// Level 0: the original itself, in 8 bits.
final class FullSize {
    private let shape: PictureShape
    private var target: UnsafeMutablePointer<UInt8>

    /// - Parameter target: memory for the whole picture.
    init(shape: PictureShape, target: UnsafeMutablePointer<UInt8>) {
        self.shape = shape
        self.target = target
    }

    /// Takes the next row of the original: as many bytes as the shape says.
    func add(row samples: UnsafeRawPointer) {
        let count = shape.rowSamples
        switch shape.depth {
        case .eight:
            target.update(from: samples.assumingMemoryBound(to: UInt8.self), count: count)
        case .sixteen:
            // The nearest of 255 to a sample of 65 535, since 65 535 is 255 * 257; both have the same curve.
            for k in 0..<count {
                let sample = UInt32(samples.loadUnaligned(fromByteOffset: 2 &* k, as: UInt16.self))
                target[k] = UInt8(truncatingIfNeeded: (sample &+ 128) / 257)
            }
        }
        if shape.channels.hasAlpha { clearUnseen() }
        target += count
    }

    /// Takes the colour from fully transparent pixels, as at the other levels.
    private func clearUnseen() {
        let channels = shape.channels.rawValue
        for pixel in 0..<shape.width {
            let colour = target + pixel &* channels
            guard colour[channels &- 1] == 0 else { continue }
            for k in 0..<(channels &- 1) { colour[k] = 0 }
        }
    }
}
