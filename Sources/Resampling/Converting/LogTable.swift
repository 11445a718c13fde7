/// A function of light as a table whose steps are a 256th of an octave, with straight lines between them: as precise for
/// shades as for highlights, and with no step in a result.
struct LogTable: Sendable {
    private let values: [Float]

    /// Below this a function counts as constant: a 256th of the smallest 16-bit code of sRGB.
    private static let least: Float = 0x1p-24
    /// Above this likewise: 10,000 cd/m² in a primary colour that sRGB lacks are below it.
    private static let most: Float = 0x1p8
    private static let octaves = 32
    /// Bits of a number's fraction that aren't in the index.
    private static let lowBits: UInt32 = 23 - 8

    init(_ function: (Double) -> Double) {
        values = (0...Self.octaves * 256 + 1).map { step in
            let bits = Self.least.bitPattern + UInt32(step) << Self.lowBits
            return Float(function(Double(Float(bitPattern: bits))))
        }
    }

    @inline(__always)
    subscript(_ light: Float) -> Float {
        let bits = min(max(light, Self.least), Self.most).bitPattern &- Self.least.bitPattern
        let step = Int(bits >> Self.lowBits)
        let part = Float(bits & (1 << Self.lowBits - 1)) * (1 / Float(1 << Self.lowBits))
        let value = values[step]
        return value + (values[step + 1] - value) * part
    }
}
