/// Tells drawings from photographs: in a drawing many pixels are exactly like the one on their left, in a photograph hardly
/// any are, for there is noise even in a clear sky.
package struct Flatness {
    private var pairCount = 0
    private var equalCount = 0

    /// The share of such pixels from which a picture counts as a drawing.
    private static let drawingMin = 0.3

    package init() {}

    /// Whether encoding without loss is worth a try.
    package var isDrawing: Bool { pairCount > 0 && Double(equalCount) >= Self.drawingMin * Double(pairCount) }

    /// Takes the next rows of a picture.
    /// - Parameters:
    ///   - rows: the address of the first one's first sample, a byte each.
    ///   - stride: bytes from one to the next.
    package mutating func add(rows: UnsafeRawBufferPointer, count: Int, stride: Int, width: Int, channels: Int) {
        for row in 0..<count {
            let samples = (rows.baseAddress! + row * stride).assumingMemoryBound(to: UInt8.self)
            for pixel in 1..<max(1, width) {
                let place = samples + pixel * channels
                var isEqual = true
                for channel in 0..<channels where place[channel] != place[channel - channels] { isEqual = false }
                if isEqual { equalCount += 1 }
            }
            pairCount += width - 1
        }
    }
}
