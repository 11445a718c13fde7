/// The 2:1 filter: six taps along each axis, in whole numbers.
///
/// Exact integers make the order of the axes indifferent (the one rounding comes after both), so a transposed picture
/// gives the transposed level to the bit; a symmetric kernel does the same for mirrored ones.
enum HalvingKernel {
    /// How many rows a row of the next level is made from.
    static var taps: Int { 6 }

    /// How many rows (or columns) before the first of a pair the kernel reaches.
    static var reach: Int { 2 }

    /// The weights of the six taps add up to two to this power.
    private static var bits: Int { 5 }

    /// How many bits `vertical` may add to a value: twice the bits of the weights, and one for the lobes, whose
    /// absolute values add up to 1.25 * 1.25.
    static var headroomBits: Int { 2 * bits + 1 }

    /// The weighted sum of three pairs: that in the middle, its neighbours and the outermost.
    ///
    /// -2 3 15 15 3 -2 over 32 was the best of those over 32 or less; -5 8 29 29 8 -5 over 64 scored half a point more,
    /// but leaves two bits less for light. What counts is that a level, reduced once more with Lanczos-3, looks like the
    /// whole picture reduced so at once: over 11 photographs at widths of 160, 320 and 640 the mean SSIMULACRA2 is 91.0,
    /// where that of the 2x2 mean is 84.2, for 1.7 times its time (12 megapixels: 40 ms and 24, EPYC with AVX-512 but
    /// compiled for plain SSE2, halving-bench, November 2026).
    @inline(__always)
    private static func sum<N: FixedWidthInteger>(_ inner: N, _ near: N, _ outer: N) -> N {
        // 15 i + 3 n - 2 o, by shifts: plain SSE2 has no product of 32-bit lanes.
        (inner &<< 4) &- inner &+ near &+ ((near &- outer) &<< 1)
    }

    /// Sums along a row: sample k of the result is of pixel k / channels, not yet divided.
    ///
    /// - Parameters:
    ///   - even: the first pixel of each pair; one pixel before it and one after the last are read.
    ///   - odd: the second of each, likewise.
    ///   - count: samples to make.
    ///   - channels: samples from a pixel to the next.
    @_specialize(where N == Int32)
    @_specialize(where N == Int64)
    static func horizontal<N: FixedWidthInteger>(
        even: UnsafePointer<N>, odd: UnsafePointer<N>, count: Int, channels: Int, into sums: UnsafeMutablePointer<N>
    ) {
        for k in 0..<count {
            sums[k] = sum(
                even[k] &+ odd[k],
                odd[k &- channels] &+ even[k &+ channels],
                even[k &- channels] &+ odd[k &+ channels]
            )
        }
    }

    /// Makes a row of the next level from six rows of sums, given in order; `limit` is full light.
    @_specialize(where N == Int32)
    @_specialize(where N == Int64)
    static func vertical<N: FixedWidthInteger>(
        _ rows: SixRows<N>, count: Int, limit: N, into light: UnsafeMutablePointer<N>
    ) {
        let half: N = 1 &<< N(2 * bits - 1)
        let (r0, r1, r2, r3, r4, r5) = rows
        for k in 0..<count {
            let total = sum(r2[k] &+ r3[k], r1[k] &+ r4[k], r0[k] &+ r5[k])
            light[k] = max(0, min(limit, (total &+ half) &>> N(2 * bits)))
        }
    }

    typealias SixRows<N> = (
        UnsafePointer<N>, UnsafePointer<N>, UnsafePointer<N>, UnsafePointer<N>, UnsafePointer<N>, UnsafePointer<N>
    )
}
