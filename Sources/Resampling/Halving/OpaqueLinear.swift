/// Linear light of pictures without alpha: fixed point in 32 bits.
enum OpaqueLinear: LinearFormat {
    /// As many as `HalvingKernel` leaves room for: 20. Half a unit is then a 640th of a code in the darkest shades.
    static var bits: Int { Int32.bitWidth - 1 - HalvingKernel.headroomBits }

    static var one: Int32 { 1 << Int32(bits) }

    static func decodeAlternate(
        _ samples: UnsafeRawPointer, depth: PictureShape.Depth, pixels: Int, channels: Int,
        into light: UnsafeMutablePointer<Int32>
    ) {
        switch depth {
        case .eight:
            let samples = samples.assumingMemoryBound(to: UInt8.self)
            decode(pixels: pixels, channels: channels, table: SRGBCurve.linear8, into: light) { Int(samples[$0]) }
        case .sixteen:
            decode(pixels: pixels, channels: channels, table: SRGBCurve.linear16, into: light) {
                Int(samples.loadUnaligned(fromByteOffset: 2 &* $0, as: UInt16.self))
            }
        }
    }

    /// `code` gives the code of a sample, within `table`.
    @inline(__always)
    private static func decode(
        pixels: Int, channels: Int, table: [Int32], into light: UnsafeMutablePointer<Int32>, code: (Int) -> Int
    ) {
        table.withUnsafeBufferPointer { table in
            let table = table.baseAddress!
            guard channels == 3 else {
                for pixel in 0..<pixels { light[pixel] = table[code(2 &* pixel)] }
                return
            }
            for pixel in 0..<pixels {
                let (from, to) = (6 &* pixel, 3 &* pixel)
                light[to] = table[code(from)]
                light[to &+ 1] = table[code(from &+ 1)]
                light[to &+ 2] = table[code(from &+ 2)]
            }
        }
    }

    static func confine(_ light: UnsafeMutablePointer<Int32>, pixels: Int, channels: Int) {}

    static func encode(
        _ light: UnsafePointer<Int32>, pixels: Int, channels: Int, into codes: UnsafeMutablePointer<UInt8>
    ) {
        CodeTable.withTable { table in
            for k in 0..<(pixels * channels) { codes[k] = table.code(of: light[k]) }
        }
    }
}
