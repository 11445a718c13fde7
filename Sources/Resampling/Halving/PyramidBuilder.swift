/// Makes the levels of a picture while its rows come in, from top to bottom: a half, a quarter, an eighth and so on.
///
/// Each level is half the one before in linear light, computed from its exact values and not from its 8-bit samples.
/// Levels are coded with the sRGB curve; alpha is straight, and pixels that end fully transparent have colour 0.
/// Belongs to one thread at a time.
package final class PyramidBuilder {
    private let shape: PictureShape
    private let fullSize: FullSize?
    private let levelsBelow: LevelsBelow
    private var rowsIn = 0

    /// A closed choice and no protocol: through an existential, the inner loops of a generic class would run
    /// unspecialised, two hundred times slower.
    private enum LevelsBelow {
        case none
        case opaque(Cascade<OpaqueLinear>)
        case premultiplied(Cascade<PremultipliedLinear>)
    }

    /// One level and the memory it is written to.
    package struct Target {
        /// 0 is the original in 8 bits, 1 its half, ...; at most 62.
        package let level: Int
        /// At least `PictureShape.byteCount(ofLevel:)` bytes: rows without gaps, a byte a sample.
        package let memory: UnsafeMutableRawBufferPointer

        package init(level: Int, memory: UnsafeMutableRawBufferPointer) {
            self.level = level
            self.memory = memory
        }
    }

    /// Prepares to take the rows of a picture.
    ///
    /// - Parameters:
    ///   - alignment: for pictures that are turned later, the one of their orientation.
    ///   - targets: each level at most once, in any order. The memory must outlive the last call of `add` and not
    ///     overlap; it is complete after `finish`. Levels between that are not asked for cost no memory here.
    package init(shape: PictureShape, alignment: PairAlignment = .upright, targets: [Target]) {
        self.shape = shape
        precondition(targets.allSatisfy { (0...62).contains($0.level) }, "A level is 0...62")
        var memory = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: (targets.map(\.level).max() ?? 0) + 1)
        for target in targets {
            precondition(memory[target.level] == nil, "A level is asked for once")
            precondition(target.memory.count >= shape.byteCount(ofLevel: target.level), "A level fits its memory")
            memory[target.level] = target.memory.bindMemory(to: UInt8.self).baseAddress
        }
        fullSize = memory[0].map { FullSize(shape: shape, target: $0) }
        let below = Array(memory.dropFirst())
        if below.isEmpty {
            levelsBelow = .none
        } else if shape.channels.hasAlpha {
            levelsBelow = .premultiplied(Cascade(shape: shape, alignment: alignment, targets: below))
        } else {
            levelsBelow = .opaque(Cascade(shape: shape, alignment: alignment, targets: below))
        }
    }

    /// Takes the next rows.
    ///
    /// - Parameters:
    ///   - rows: as many bytes as `count` rows need; the last may end with its samples. Read during this call only.
    ///   - count: 0 or more, and no more than are still to come.
    ///   - stride: bytes from a row to the next, at least `PictureShape.rowBytes`.
    package func add(rows: UnsafeRawBufferPointer, count: Int, stride: Int) {
        precondition(count >= 0 && count <= shape.height - rowsIn, "No more rows come than the picture has")
        guard count > 0, let base = rows.baseAddress else {
            precondition(count == 0, "Rows have bytes")
            return
        }
        precondition(stride >= shape.rowBytes, "Rows do not overlap")
        precondition(rows.count >= shape.rowBytes, "Every row lies within the bytes")
        precondition((rows.count - shape.rowBytes) / stride >= count - 1, "Every row lies within the bytes")
        for row in 0..<count {
            let samples = base + row * stride
            fullSize?.add(row: samples)
            switch levelsBelow {
            case .none: break
            case .opaque(let cascade): cascade.add(row: samples)
            case .premultiplied(let cascade): cascade.add(row: samples)
            }
        }
        rowsIn += count
    }

    /// Says that all rows came: the levels are complete.
    package func finish() {
        precondition(rowsIn == shape.height, "All rows of the picture came")
    }
}
