/// A pyramid's stages, one below the other, for one linear format.
final class Cascade<Format: LinearFormat> {
    private let shape: PictureShape
    private let first: Stage<Format>

    /// - Parameter targets: the memory of levels 1, 2, ...; nil for one that is only passed through. At least one.
    init(shape: PictureShape, alignment: PairAlignment, targets: [UnsafeMutablePointer<UInt8>?]) {
        self.shape = shape
        var stage: Stage<Format>?
        for level in (0..<targets.count).reversed() {
            let size = PictureShape.size(ofLevel: level, width: shape.width, height: shape.height)
            stage = Stage(
                width: size.width, height: size.height, channels: shape.channels.rawValue, alignment: alignment,
                target: targets[level], next: stage)
        }
        guard let stage else { preconditionFailure("A cascade has at least one level below the original") }
        first = stage
    }

    /// Takes the next row of the original: as many bytes as the shape says.
    func add(row samples: UnsafeRawPointer) {
        let pixelBytes = shape.rowBytes / shape.width
        first.row.fill { start, pixels, light in
            Format.decodeAlternate(
                samples + start * pixelBytes, depth: shape.depth, pixels: pixels, channels: shape.channels.rawValue,
                into: light)
        }
        first.takeRow()
    }
}
