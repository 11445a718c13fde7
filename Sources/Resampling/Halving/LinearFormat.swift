/// How linear light is held between the levels, and how it comes from samples and goes back to them.
///
/// Two formats: 32-bit numbers are twice as fast, but can't hold light multiplied by a small alpha precisely enough.
protocol LinearFormat {
    associatedtype Number: FixedWidthInteger & SIMDScalar

    /// Full light, and full alpha.
    static var one: Number { get }

    /// Makes every second pixel of a row linear, beginning with the first of `samples`.
    ///
    /// - Parameter pixels: how many to make; where `samples` ends, the one that is skipped may be missing.
    static func decodeAlternate(
        _ samples: UnsafeRawPointer, depth: PictureShape.Depth, pixels: Int, channels: Int,
        into light: UnsafeMutablePointer<Number>
    )

    /// Brings a row back to what light can be after the kernel, whose lobes may go beyond; 0...`one` holds already.
    static func confine(_ light: UnsafeMutablePointer<Number>, pixels: Int, channels: Int)

    /// Turns linear samples into 8-bit coded ones.
    static func encode(
        _ light: UnsafePointer<Number>, pixels: Int, channels: Int, into codes: UnsafeMutablePointer<UInt8>
    )
}
