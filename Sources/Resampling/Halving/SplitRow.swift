/// A row of linear pixels dealt out in pairs: the first of each here, the second there.
///
/// What is next to each other after halving is then next to each other before it, so that the kernel runs over both
/// rows in one go whatever the channels are.
final class SplitRow<Number: FixedWidthInteger & SIMDScalar> {
    /// How many pairs the pixels make.
    let pairs: Int

    private let width: Int
    private let channels: Int
    private let doublesFirst: Bool
    private let memory: UnsafeMutablePointer<Number>
    private let half: Int

    /// - Parameters:
    ///   - width: pixels of the row that comes in.
    ///   - doublesFirst: where the width is odd, the first pixel is a pair of its own, not the last.
    init(width: Int, channels: Int, doublesFirst: Bool) {
        self.width = width
        self.channels = channels
        pairs = (width + 1) / 2
        self.doublesFirst = doublesFirst && width % 2 == 1
        // A pixel before and one after, and the rest of the last four-sample store.
        half = (pairs + 2) * channels + 3
        memory = .allocate(capacity: 2 * half)
        memory.initialize(repeating: 0, count: 2 * half)
    }

    deinit { memory.deallocate() }

    /// The first pixel of the first pair; a pixel lies before it, and one behind the last.
    var even: UnsafeMutablePointer<Number> { memory + channels }
    /// The second pixel of the first pair, likewise.
    var odd: UnsafeMutablePointer<Number> { memory + half + channels }

    /// Takes a row.
    ///
    /// - Parameter deal: lays down every second pixel of the row: from which one, how many, and where to. It may write
    ///   three samples more.
    @inline(__always)
    func fill(_ deal: (_ first: Int, _ pixels: Int, _ to: UnsafeMutablePointer<Number>) -> Void) {
        if doublesFirst {
            deal(0, pairs, odd)
            deal(1, pairs - 1, even + channels)
            copyPixel(from: odd, to: even)
        } else {
            deal(0, pairs, even)
            deal(1, width / 2, odd)
            let last = (pairs - 1) * channels
            if width % 2 == 1 { copyPixel(from: even + last, to: odd + last) }
        }
        // Beyond its ends the row goes on as it ended.
        let behind = pairs * channels
        copyPixel(from: even, to: even - channels)
        copyPixel(from: even, to: odd - channels)
        copyPixel(from: odd + behind - channels, to: even + behind)
        copyPixel(from: odd + behind - channels, to: odd + behind)
    }

    /// Takes a row of linear light, behind which three more samples can be read.
    func fill(from light: UnsafePointer<Number>) {
        let pixelBytes = channels &* MemoryLayout<Number>.stride
        fill { first, pixels, to in
            let from = UnsafeRawPointer(light) + first &* pixelBytes
            let to = UnsafeMutableRawPointer(to)
            // Four samples at a time whatever the channels: what is too much, the next pixel's store puts right.
            for pixel in 0..<pixels {
                let four = from.loadUnaligned(fromByteOffset: 2 &* pixel &* pixelBytes, as: SIMD4<Number>.self)
                to.storeBytes(of: four, toByteOffset: pixel &* pixelBytes, as: SIMD4<Number>.self)
            }
        }
    }

    private func copyPixel(from: UnsafePointer<Number>, to: UnsafeMutablePointer<Number>) {
        for channel in 0..<channels { to[channel] = from[channel] }
    }
}
