import Foundation

/// Between 8-bit codes and linear light as numbers from 0 to 1.
enum LightTable {
    /// Light of each code.
    private static let light: [Float] = (0...255).map { Float(SRGBCurve.linear(Double($0) / 255)) }

    /// Codes of light in steps of a 16,383rd: the curve's steepest part has five of them for each code.
    private static let codes: [UInt8] = (0...steps).map { step in
        UInt8((255 * SRGBCurve.coded(Double(step) / Double(steps))).rounded())
    }

    private static let steps = 16_383

    static func decode(_ samples: UnsafePointer<UInt8>, _ count: Int, into values: UnsafeMutablePointer<Float>) {
        light.withUnsafeBufferPointer { light in
            for index in 0..<count { values[index] = light[Int(samples[index])] }
        }
    }

    /// Colours multiplied by alpha, which is last.
    static func decodeWithAlpha(
        _ samples: UnsafePointer<UInt8>, _ width: Int, _ channels: Int, into values: UnsafeMutablePointer<Float>
    ) {
        light.withUnsafeBufferPointer { light in
            for pixel in 0..<width {
                let start = pixel * channels
                let alpha = Float(samples[start + channels - 1]) / 255
                for channel in 0..<channels - 1 {
                    values[start + channel] = light[Int(samples[start + channel])] * alpha
                }
                values[start + channels - 1] = alpha
            }
        }
    }

    /// Holds the way back open for a loop.
    @inline(__always)
    static func withCoder(_ body: (LightCoder) -> Void) {
        codes.withUnsafeBufferPointer { body(LightCoder(codes: $0.baseAddress!, steps: Float(steps))) }
    }

    /// Alpha as a byte, and what multiplied colours are multiplied by to be straight again: nothing where nothing is seen.
    @inline(__always)
    static func straight(_ alpha: Float) -> (UInt8, Float) {
        let bounded = min(max(alpha, 0), 1)
        let code = UInt8(bounded * 255 + 0.5)
        return (code, code == 0 ? 0 : 1 / bounded)
    }
}

/// From light to codes.
struct LightCoder {
    fileprivate let codes: UnsafePointer<UInt8>
    fileprivate let steps: Float

    /// The nearest code; light outside of 0 to 1, where the kernel overshoots, is cut.
    @inline(__always)
    func code(_ light: Float) -> UInt8 { codes[Int(min(max(light, 0), 1) * steps + 0.5)] }
}
