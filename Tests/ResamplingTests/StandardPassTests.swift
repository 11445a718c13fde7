import Foundation
import Testing

@testable import Resampling

@Suite struct StandardPassTests {
    /// Converts samples of 16 bits, three a pixel.
    private func converted(
        _ samples: [UInt16], _ curve: SignalCurve, in primaries: RGBPrimaries = .bt2020,
        channels: PictureShape.Channels = .rgb, full: Int = 65535
    ) -> [UInt16] {
        let pass = StandardPass(of: channels, .sixteen, full: full, primaries: primaries, curve: curve)
        var result = [UInt16](repeating: 0, count: samples.count)
        samples.withUnsafeBytes { samples in
            result.withUnsafeMutableBytes {
                pass.apply(
                    samples.baseAddress!, width: samples.count / 2 / channels.rawValue, into: $0.baseAddress!)
            }
        }
        return result
    }

    private func gray(_ share: Double, _ curve: SignalCurve) -> [UInt16] {
        converted([UInt16](repeating: UInt16((share * 65535).rounded()), count: 3), curve)
    }

    private func code(ofLight light: Double) -> Double { 65535 * SRGBCurve.coded(light) }

    @Test func `Paper of 203 candelas is 229 of 255`() {
        let white = gray(PQ.sample(203), .pq)
        #expect(white.allSatisfy { abs(Double($0) / 257 - 229) < 0.1 })
        #expect(white.max()! - white.min()! <= 2)
    }

    @Test func `Shades up to 87 candelas are what they are on paper`() {
        for candelas in [0, 0.01, 0.5, 2, 20, 60, 87] {
            for sample in gray(PQ.sample(candelas), .pq) {
                #expect(abs(Double(sample) - code(ofLight: candelas / 203)) < 4, "\(candelas)")
            }
        }
    }

    @Test func `The peak is white, and so is what lies above it`() {
        for candelas in [1000.0, 1001, 4000, 10_000] {
            #expect(gray(PQ.sample(candelas), .pq) == [65535, 65535, 65535])
        }
        #expect(gray(PQ.sample(600), .pq).allSatisfy { (64_000..<65_535).contains($0) })
    }

    @Test func `HLG of 75 percent is paper too, and its full is white`() {
        let (hlg, pq) = (gray(0.75, .hlg), gray(PQ.sample(203), .pq))
        for (first, second) in zip(hlg, pq) { #expect(abs(Double(first) / Double(second) - 1) < 0.005) }
        #expect(gray(1, .hlg).allSatisfy { $0 >= 65_500 })
        #expect(gray(0, .hlg) == [0, 0, 0])
    }

    @Test(arguments: [SignalCurve.pq, .hlg, .standard, .linear, .gamma(2.2)])
    func `Neutral stays neutral, and brighter never becomes darker`(_ curve: SignalCurve) {
        let samples = stride(from: 0, through: 65535, by: 5).flatMap { [UInt16](repeating: UInt16($0), count: 3) }
        for primaries in [RGBPrimaries.bt709, .bt601of525, .bt601of625, .bt2020, .displayP3] {
            let result = converted(samples, curve, in: primaries).map(Int.init)
            let spreads = stride(from: 0, to: result.count, by: 3).map { start in
                result[start..<start + 3].max()! - result[start..<start + 3].min()!
            }
            #expect(spreads.max()! <= 4)
            // A 65535th less is rounding.
            #expect(zip(result, result.dropFirst(3)).allSatisfy { $0 <= $1 + 1 })
            #expect(result.suffix(3).allSatisfy { $0 >= 65_500 })
        }
    }

    /// No two neighbours of a fine ramp are far apart, and all that can be told apart in 8 bits is there.
    @Test(arguments: [SignalCurve.pq, .hlg])
    func `A ramp has no bands`(_ curve: SignalCurve) {
        let ramp = converted((0...65535).flatMap { [UInt16](repeating: UInt16($0), count: 3) }, curve)
        let greens = stride(from: 1, to: ramp.count, by: 3).map { Int(ramp[$0]) }
        #expect(zip(greens, greens.dropFirst()).allSatisfy { (-1...4).contains($1 - $0) })
        #expect(Set(greens.map { $0 / 257 }).count == 256)
    }

    @Test func `Red of BT.2020 is the red of sRGB, and so on`() {
        for (channel, curve) in [
            (0, SignalCurve.pq), (1, .pq), (2, .pq), (0, .standard), (1, .standard), (2, .standard),
        ] {
            var samples: [UInt16] = [0, 0, 0]
            samples[channel] = curve == .pq ? UInt16(65535 * PQ.sample(203)) : 65535
            let result = converted(samples, curve)
            #expect(result[channel] > 60_000)
            for other in 0..<3 where other != channel { #expect(result[other] < (channel == 2 ? 1 : 2)) }
        }
    }

    @Test func `Display P3 is what its matrix says`() {
        // color(display-p3 0.5 0.4 0.3), by the matrices of CSS Color 4.
        let light = [0.5, 0.4, 0.3].map(SRGBCurve.linear)
        let rows = [
            [1.224_940_176_3, -0.224_940_176_3, 0], [-0.042_056_954_7, 1.042_056_954_7, 0],
            [-0.019_637_554_6, -0.078_636_045_6, 1.098_273_600_1],
        ]
        let expected = rows.map { row in code(ofLight: zip(row, light).reduce(0) { $0 + $1.0 * $1.1 }) }
        let result = converted([0.5, 0.4, 0.3].map { UInt16(($0 * 65535).rounded()) }, .standard, in: .displayP3)
        for (sample, expected) in zip(result, expected) { #expect(abs(Double(sample) - expected) < 8) }
    }

    /// A highlight keeps the proportions of its light, so it keeps its hue.
    @Test func `Bright colours keep their hue`() {
        let result = converted(
            [900, 450, 225].map { UInt16((PQ.sample($0) * 65535).rounded()) }, .pq, in: .bt709
        ).map { SRGBCurve.linear(Double($0) / 65535) }
        #expect(abs(result[1] / result[0] - 0.5) < 0.002 && abs(result[2] / result[0] - 0.25) < 0.002)
        #expect(result[0] > 0.98 && result[0] < 1)
    }

    @Test func `Samples of 8, 10 and 12 bits have the same white`() {
        let pass = StandardPass(of: .rgb, .eight, full: 255, primaries: .displayP3, curve: .standard)
        var result: [UInt16] = [0, 0, 0, 0, 0, 0]
        result.withUnsafeMutableBytes {
            pass.apply([255, 255, 255, 100, 100, 100] as [UInt8], width: 2, into: $0.baseAddress!)
        }
        #expect(result.prefix(3).allSatisfy { $0 == 65535 })
        #expect(result.suffix(3).allSatisfy { abs(Int($0) - 25_700) <= 2 })
        for full in [1023 << 6, 4095 << 4] {
            #expect(
                converted([UInt16](repeating: UInt16(full), count: 3), .standard, full: full) == [65535, 65535, 65535])
        }
    }

    @Test func `Alpha stays, and gray stays gray`() {
        let (colour, full) = (UInt16(20_000), 1023 << 6)
        let opaque = converted([colour, colour, colour], .pq, full: full)
        let rgba = converted([colour, colour, colour, UInt16(full), 1, 2, 3, 0], .pq, channels: .rgba, full: full)
        #expect(Array(rgba[..<3]) == opaque && rgba[3] == 65535 && rgba[7] == 0)
        let gray = converted([colour, UInt16(full / 2)], .pq, channels: .grayAlpha, full: full)
        #expect(abs(Int(gray[0]) - Int(opaque[0])) <= 1 && abs(Int(gray[1]) - 32_767) <= 1)
        #expect(converted([colour], .pq, channels: .gray, full: full)[0] == gray[0])
    }
}
