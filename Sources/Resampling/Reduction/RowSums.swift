/// The inner loops of a reduction.
enum RowSums {
    /// Adds rows up, each with its share; sixteen sums at a time stay in registers.
    /// - Parameters:
    ///   - count: samples of a row; rows and sums have room for sixteen more.
    static func vertical(
        _ rows: UnsafePointer<UnsafePointer<Float>>, _ shares: UnsafePointer<Float>, taps: Int, count: Int,
        into sums: UnsafeMutablePointer<Float>
    ) {
        var start = 0
        while start < count {
            var first = SIMD8<Float>(repeating: 0)
            var second = SIMD8<Float>(repeating: 0)
            for tap in 0..<taps {
                let values = UnsafeRawPointer(rows[tap] + start)
                let share = shares[tap]
                first += share * values.loadUnaligned(as: SIMD8<Float>.self)
                second += share * values.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
            }
            let target = UnsafeMutableRawPointer(sums + start)
            target.storeBytes(of: first, as: SIMD8<Float>.self)
            target.storeBytes(of: second, toByteOffset: 32, as: SIMD8<Float>.self)
            start += 16
        }
    }

    /// Adds a row's pixels up, and codes the results.
    static func horizontal(
        _ row: UnsafePointer<Float>, _ taps: Taps, width: Int, channels: PictureShape.Channels,
        into target: UnsafeMutablePointer<UInt8>
    ) {
        taps.first.withUnsafeBufferPointer { first in
            taps.shares.withUnsafeBufferPointer { shares in
                LightTable.withCoder { coder in
                    for pixel in 0..<width {
                        sum(
                            row + first[pixel] * channels.rawValue, shares.baseAddress! + pixel * taps.count,
                            taps.count,
                            channels, coder, into: target + pixel * channels.rawValue)
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func sum(
        _ from: UnsafePointer<Float>, _ shares: UnsafePointer<Float>, _ count: Int, _ channels: PictureShape.Channels,
        _ coder: LightCoder, into place: UnsafeMutablePointer<UInt8>
    ) {
        switch channels {
        case .rgb:
            // A fourth value is added up too, and left.
            let sum = vectorSum(from, 3, shares, count)
            place[0] = coder.code(sum.x)
            place[1] = coder.code(sum.y)
            place[2] = coder.code(sum.z)
        case .rgba:
            let sum = vectorSum(from, 4, shares, count)
            let (alpha, scale) = LightTable.straight(sum.w)
            place[0] = coder.code(sum.x * scale)
            place[1] = coder.code(sum.y * scale)
            place[2] = coder.code(sum.z * scale)
            place[3] = alpha
        case .gray:
            var sum: Float = 0
            for tap in 0..<count { sum += shares[tap] * from[tap] }
            place[0] = coder.code(sum)
        case .grayAlpha:
            var sum = SIMD2<Float>(repeating: 0)
            for tap in 0..<count { sum += shares[tap] * SIMD2(from[2 * tap], from[2 * tap + 1]) }
            let (alpha, scale) = LightTable.straight(sum.y)
            place[0] = coder.code(sum.x * scale)
            place[1] = alpha
        }
    }

    @inline(__always)
    private static func vectorSum(
        _ values: UnsafePointer<Float>, _ stride: Int, _ shares: UnsafePointer<Float>, _ count: Int
    ) -> SIMD4<Float> {
        var sum = SIMD4<Float>(repeating: 0)
        for tap in 0..<count {
            sum += shares[tap] * UnsafeRawPointer(values + tap * stride).loadUnaligned(as: SIMD4<Float>.self)
        }
        return sum
    }
}
