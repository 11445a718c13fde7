/// A picture in memory that is changed in place: rows without gaps, a byte a sample, alpha straight and last.
package struct PixelRows {
    package let shape: PictureShape
    private let base: UnsafeMutablePointer<UInt8>

    /// - Parameter memory: exactly the picture's bytes; must outlive this.
    package init(_ memory: UnsafeMutableRawBufferPointer, width: Int, height: Int, channels: PictureShape.Channels) {
        shape = PictureShape(width: width, height: height, channels: channels, depth: .eight)
        precondition(memory.count == shape.rowBytes * height, "memory of another size")
        base = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
    }

    var channels: Int { shape.channels.rawValue }

    func row(_ index: Int) -> UnsafeMutablePointer<UInt8> { base + index * shape.rowSamples }

    /// A row as numbers from 0 to 255, colours multiplied by alpha's share, so that what nobody sees has no weight.
    @inline(__always)
    func read(_ index: Int, into values: UnsafeMutablePointer<Float>) {
        let samples = UnsafePointer(row(index))
        guard shape.channels.hasAlpha else {
            for sample in 0..<shape.rowSamples { values[sample] = Float(samples[sample]) }
            return
        }
        for start in stride(from: 0, to: shape.rowSamples, by: channels) {
            let alpha = Float(samples[start + channels - 1])
            let share = alpha / 255
            for channel in start..<start + channels - 1 { values[channel] = Float(samples[channel]) * share }
            values[start + channels - 1] = alpha
        }
    }

    /// Writes a row of such numbers back.
    @inline(__always)
    func write(_ index: Int, from values: UnsafePointer<Float>) {
        let samples = row(index)
        guard shape.channels.hasAlpha else {
            for sample in 0..<shape.rowSamples { samples[sample] = Self.byte(values[sample]) }
            return
        }
        for start in stride(from: 0, to: shape.rowSamples, by: channels) {
            let alpha = values[start + channels - 1]
            let code = Self.byte(alpha)
            let scale = code == 0 ? 0 : 255 / alpha
            for channel in start..<start + channels - 1 { samples[channel] = Self.byte(values[channel] * scale) }
            samples[start + channels - 1] = code
        }
    }

    /// The nearest byte; what lies outside of 0 to 255 is cut.
    @inline(__always)
    static func byte(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 255) + 0.5) }
}
