import Resampling

/// A small picture of coded samples, and what tests do to it.
struct Picture: Equatable {
    var width: Int
    var height: Int
    var channels: PictureShape.Channels
    var depth: PictureShape.Depth
    /// 0...255 or 0...65535, by the depth.
    var samples: [Int]

    var shape: PictureShape { PictureShape(width: width, height: height, channels: channels, depth: depth) }
    var full: Int { depth == .eight ? 255 : 65535 }

    /// Noise of which a part is at the ends of the scale, so that the kernel's lobes overshoot.
    static func noise(
        _ width: Int, _ height: Int, _ channels: PictureShape.Channels, _ depth: PictureShape.Depth = .eight,
        seed: Int = 1, darkest: Bool = false
    ) -> Picture {
        var picture = Picture(width: width, height: height, channels: channels, depth: depth, samples: [])
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        picture.samples = (0..<(width * height * channels.rawValue)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Int(state >> 33)
            if darkest { return value % (picture.full / 20) }
            return value % 5 == 0 ? (value / 5 % 2) * picture.full : value / 5 % (picture.full + 1)
        }
        return picture
    }

    static func filled(_ value: Int, _ shape: PictureShape) -> Picture {
        Picture(
            width: shape.width, height: shape.height, channels: shape.channels, depth: shape.depth,
            samples: Array(repeating: value, count: shape.rowSamples * shape.height))
    }

    /// The picture as it is seen when its pixels are stored with an EXIF orientation.
    func upright(from orientation: Int) -> Picture {
        var result = self
        let turnsOver = orientation >= 5
        if turnsOver { (result.width, result.height) = (height, width) }
        result.samples = []
        for y in 0..<result.height {
            for x in 0..<result.width {
                var (column, row) = turnsOver ? (y, x) : (x, y)
                if [2, 3, 7, 8].contains(orientation) { column = width - 1 - column }
                if [3, 4, 6, 7].contains(orientation) { row = height - 1 - row }
                let first = (row * width + column) * channels.rawValue
                result.samples += samples[first..<(first + channels.rawValue)]
            }
        }
        return result
    }

    /// The rows as a decoder gives them, with a gap of bytes between them.
    func bytes(gap: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, sample) in samples.enumerated() {
            switch depth {
            case .eight: bytes.append(UInt8(sample))
            case .sixteen: withUnsafeBytes(of: UInt16(sample)) { bytes += $0 }
            }
            if (index + 1) % shape.rowSamples == 0 { bytes += Array(repeating: 0xA5, count: gap) }
        }
        return bytes
    }

    /// Levels 0...`deepest`, by the code under test.
    ///
    /// - Parameter batches: how many rows each call gives, over and over; all at once without.
    func pyramid(
        to deepest: Int, alignment: PairAlignment = .upright, batches: [Int] = [], gap: Int = 0, only: Set<Int>? = nil
    ) -> [Picture] {
        let wanted = (0...deepest).filter { only?.contains($0) ?? true }
        let targets = wanted.map { level in
            PyramidBuilder.Target(
                level: level,
                memory: .allocate(byteCount: shape.byteCount(ofLevel: level), alignment: 1))
        }
        defer { for target in targets { target.memory.deallocate() } }
        let builder = PyramidBuilder(shape: shape, alignment: alignment, targets: targets)
        let stride = shape.rowBytes + gap
        bytes(gap: gap).withUnsafeBytes { all in
            var row = 0
            var turn = 0
            while row < height {
                let count = batches.isEmpty ? height : min(height - row, batches[turn % batches.count])
                let end = count == 0 ? row * stride : (row + count) * stride - gap
                builder.add(
                    rows: UnsafeRawBufferPointer(rebasing: all[(row * stride)..<end]), count: count, stride: stride)
                row += count
                turn += 1
            }
        }
        builder.finish()
        return targets.map { target in
            let size = PictureShape.size(ofLevel: target.level, width: width, height: height)
            return Picture(
                width: size.width, height: size.height, channels: channels, depth: .eight,
                samples: target.memory.map(Int.init))
        }
    }
}
