/// Brings the light of an HDR picture into what an ordinary screen shows: the EETF of ITU-R BT.2390 (5.4.1), from a peak of
/// 1,000 cd/m² to one of 203.
///
/// Up to 87 cd/m² nothing changes; white paper becomes 0.78 of white, 229 of 255 as it is coded; highlights share the rest.
enum ToneCurve {
    private static let (source, target) = (SignalCurve.peak, SignalCurve.paper)

    /// - Parameter light: 1 is white paper; what is brighter than the peak counts as the peak.
    /// - Returns: 0 to 1.
    static func apply(_ light: Double) -> Double {
        let whole = PQ.sample(source)
        let sample = min(PQ.sample(light * SignalCurve.paper) / whole, 1)
        let most = PQ.sample(target) / whole
        let knee = 1.5 * most - 0.5
        guard sample > knee else { return light }
        // Hermite's spline, from a slope of 1 to one of 0.
        let t = (sample - knee) / (1 - knee)
        let (t2, t3) = (t * t, t * t * t)
        let bent = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * most
        return PQ.candelas(bent * whole) / SignalCurve.paper
    }
}
