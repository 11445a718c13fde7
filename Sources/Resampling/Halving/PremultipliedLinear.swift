/// Linear light multiplied by alpha, which is the last sample of a pixel: fixed point in 64 bits.
///
/// So colours are averaged in proportion to how much of them is seen. Light under the smallest alpha that shows, half
/// a code, still has all the bits of `OpaqueLinear`.
enum PremultipliedLinear: LinearFormat {
    private static var bits: Int64 { 40 }

    static var one: Int64 { 1 << bits }

    static func decodeAlternate(
        _ samples: UnsafeRawPointer, depth: PictureShape.Depth, pixels: Int, channels: Int,
        into light: UnsafeMutablePointer<Int64>
    ) {
        switch depth {
        case .eight:
            SRGBCurve.linear8.withUnsafeBufferPointer { table in
                let samples = samples.assumingMemoryBound(to: UInt8.self)
                decode(pixels: pixels, channels: channels, full: 255, table: table, into: light) { Int(samples[$0]) }
            }
        case .sixteen:
            SRGBCurve.linear16.withUnsafeBufferPointer { table in
                decode(pixels: pixels, channels: channels, full: 65535, table: table, into: light) {
                    Int(samples.loadUnaligned(fromByteOffset: 2 &* $0, as: UInt16.self))
                }
            }
        }
    }

    /// `table` has `full` + 1 values, and `code` gives the code, 0...`full`, of a sample.
    @inline(__always)
    private static func decode(
        pixels: Int, channels: Int, full: Int, table: UnsafeBufferPointer<Int32>,
        into light: UnsafeMutablePointer<Int64>, code: (Int) -> Int
    ) {
        let table = table.baseAddress!
        let scale = Double(one) / Double(full)
        for pixel in 0..<pixels {
            let from = 2 &* pixel &* channels
            let to = pixel &* channels
            let last = channels &- 1
            let alpha = Int64(Double(code(from &+ last)) * scale + 0.5)
            for k in 0..<last {
                light[to &+ k] = (Int64(table[code(from &+ k)]) &* alpha) &>> Int64(OpaqueLinear.bits)
            }
            light[to &+ last] = alpha
        }
    }

    static func confine(_ light: UnsafeMutablePointer<Int64>, pixels: Int, channels: Int) {
        for pixel in 0..<pixels {
            let first = pixel &* channels
            let last = first &+ channels &- 1
            for k in first..<last { light[k] = min(light[k], light[last]) }
        }
    }

    static func encode(
        _ light: UnsafePointer<Int64>, pixels: Int, channels: Int, into codes: UnsafeMutablePointer<UInt8>
    ) {
        let half = one / 2
        CodeTable.withTable { table in
            for pixel in 0..<pixels {
                let first = pixel &* channels
                let last = first &+ channels &- 1
                let alpha = light[last]
                let alphaCode = UInt8(truncatingIfNeeded: (alpha &* 255 &+ half) &>> bits)
                codes[last] = alphaCode
                // What is not seen has no colour, so that the level compresses well and equal pictures stay equal.
                let scale = alphaCode == 0 ? 0 : Double(OpaqueLinear.one) / Double(alpha)
                for k in first..<last {
                    // Adding a half and cutting off rounds, and a product a hair above full light is cut back to it.
                    codes[k] = table.code(of: Int32(Double(light[k]) * scale + 0.5))
                }
            }
        }
    }
}
