/// A colour that takes a picture's place where a mask says so, with a blend between. Colours weigh as much as their alpha, so that no
/// edge shows what was hidden.
package struct Cutout {
    private let edge: [Double]
    private let hasAlpha: Bool

    /// - Parameter edge: the colour, one number a channel, 0 to 255; alpha, straight, comes last where there is one.
    package init(edge: [Double], hasAlpha: Bool) {
        self.edge = edge
        self.hasAlpha = hasAlpha
    }

    /// - Parameters:
    ///   - mask: a byte a pixel: 255 for the picture, 0 for the colour.
    ///   - pixels: of the same size, changed in place: a byte a channel.
    package func apply(_ mask: UnsafeRawBufferPointer, to pixels: UnsafeMutableRawBufferPointer) {
        let bands = edge.count
        precondition(pixels.count == mask.count * bands, "a mask of another size")
        for (index, cover) in mask.enumerated() where cover < 255 {
            blend(
                UnsafeMutableRawBufferPointer(rebasing: pixels[index * bands..<(index + 1) * bands]),
                Double(cover) / 255)
        }
    }

    private func blend(_ pixel: UnsafeMutableRawBufferPointer, _ share: Double) {
        guard hasAlpha, let clear = edge.last else {
            for (channel, colour) in edge.enumerated() {
                pixel[channel] = Self.byte(Double(pixel[channel]) * share + colour * (1 - share))
            }
            return
        }
        let last = edge.count - 1
        let (mine, other) = (Double(pixel[last]) * share, clear * (1 - share))
        pixel[last] = Self.byte(mine + other)
        // Of nothing but the picture the colour stays as it is, however little of it is seen.
        guard other > 0 else { return }
        for channel in 0..<last {
            pixel[channel] = Self.byte((Double(pixel[channel]) * mine + edge[channel] * other) / (mine + other))
        }
    }

    private static func byte(_ value: Double) -> UInt8 { UInt8(min(max(value, 0), 255) + 0.5) }
}
