import Foundation

/// The sRGB transfer curve (IEC 61966-2-1), as the tables that the inner loops read.
enum SRGBCurve {
    /// Linear light of the 8-bit codes: 256 values, 0...`OpaqueLinear.one`.
    static let linear8 = (0...255).map { quantized(linear(Double($0) / 255)) }

    /// Linear light of the 16-bit codes: 65 536 values, 0...`OpaqueLinear.one`.
    static let linear16 = (0...65535).map { quantized(linear(Double($0) / 65535)) }

    /// The low bits of linear light that don't count in the choice of an entry of `codes`.
    static var bucketBits: Int32 { Int32(OpaqueLinear.bits - 12) }

    /// For each 4096th of the scale, and for full light, what makes a code of it: 4097 entries.
    ///
    /// The curve is nowhere steeper than 12.92 * 255 = 3295 codes over the whole scale, so such a bucket holds at most
    /// one step from a code to the next. An entry is the code of the bucket's first value, times the values in a
    /// bucket, plus as many as follow the step; adding a value's place in the bucket then carries into the code exactly
    /// from the step on. So 8 KB give the exact code, where a table with an entry for each value would be a megabyte.
    static let codes: [UInt16] = (0...4096).map { bucket in
        let size = Int32(1) << bucketBits
        let first = Int32(bucket) * size
        let code = steps.firstIndex { first < $0 }!
        return UInt16(Int32(code) * size + max(0, size - (steps[code] &- first)))
    }

    /// For each code, the first linear value that belongs to the next one; beyond all values for 255.
    private static let steps: [Int32] = (0...255).map { code in
        guard code < 255 else { return .max }
        return Int32((linear((Double(code) + 0.5) / 255) * Double(OpaqueLinear.one)).rounded(.up))
    }

    /// From code to light, both 0...1.
    static func linear(_ code: Double) -> Double {
        code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4)
    }

    /// From light to code, both 0...1.
    static func coded(_ light: Double) -> Double {
        light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
    }

    private static func quantized(_ light: Double) -> Int32 {
        Int32((light * Double(OpaqueLinear.one)).rounded())
    }
}

/// `SRGBCurve.codes` held open for a loop.
struct CodeTable {
    private let entries: UnsafePointer<UInt16>

    /// Opens the table; `body` must not let it out.
    @inline(__always)
    static func withTable(_ body: (CodeTable) -> Void) {
        SRGBCurve.codes.withUnsafeBufferPointer { body(CodeTable(entries: $0.baseAddress!)) }
    }

    /// The 8-bit code nearest to a linear value, which must lie in 0...`OpaqueLinear.one`.
    @inline(__always)
    func code(of light: Int32) -> UInt8 {
        let place = light & (1 &<< SRGBCurve.bucketBits &- 1)
        let entry = Int32(entries[Int(light &>> SRGBCurve.bucketBits)])
        return UInt8(truncatingIfNeeded: (entry &+ place) &>> SRGBCurve.bucketBits)
    }
}
