import Foundation

/// How much light a sample stands for.
package enum SignalCurve: Hashable, Sendable {
    /// sRGB's own.
    case standard
    case linear
    case gamma(Double)
    case pq
    case hlg

    /// Candelas per square metre of white paper in an HDR picture (ITU-R BT.2408): light of 1.
    static let paper = 203.0
    /// Candelas per square metre that an HDR picture is taken to have at most: what most screens it was made on have, and
    /// what HLG's numbers are stated for.
    static let peak = 1000.0

    /// Whether there is light brighter than white paper.
    var isHDR: Bool { self == .pq || self == .hlg }

    /// The light of a sample from 0 to 1: 1 is white, or white paper with PQ. With HLG it is the scene's, 0 to 1.
    func light(_ sample: Double) -> Double {
        switch self {
        case .standard: SRGBCurve.linear(sample)
        case .linear: sample
        case .gamma(let exponent): pow(sample, exponent)
        case .pq: PQ.candelas(sample) / Self.paper
        case .hlg: Self.scene(sample)
        }
    }

    /// HLG's inverse OETF (BT.2100, table 5).
    private static func scene(_ sample: Double) -> Double {
        let a = 0.178_832_77
        let b = 1 - 4 * a
        let c = 0.5 - a * log(4 * a)
        return sample <= 0.5 ? sample * sample / 3 : (exp((sample - c) / a) + b) / 12
    }

    /// What light of an HLG scene is multiplied by to be light of a screen of ``peak`` (BT.2100's OOTF, gamma 1.2 there).
    /// - Parameter luminance: of the scene's light, 0 to 1.
    static func screenFactor(_ luminance: Double) -> Double { peak / paper * pow(luminance, 0.2) }
}

/// Perceptual quantisation (SMPTE ST 2084, BT.2100 table 4).
enum PQ {
    private static let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
    private static let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)

    /// Candelas per square metre, up to 10,000, of a sample from 0 to 1.
    static func candelas(_ sample: Double) -> Double {
        let power = pow(max(sample, 0), 1 / m2)
        return 10_000 * pow(max(power - c1, 0) / (c2 - c3 * power), 1 / m1)
    }

    static func sample(_ candelas: Double) -> Double {
        let power = pow(candelas / 10_000, m1)
        return pow((c1 + c2 * power) / (1 + c3 * power), m2)
    }
}
