/// Lightness and two axes of colour, in which equal distances look about equal (Björn Ottosson's Oklab, 2020, also in CSS
/// Color 4). Chroma and hue can be changed in it without a change of lightness.
struct OKLab {
    var lightness: Float
    var a: Float
    var b: Float

    init(lightness: Float, a: Float, b: Float) {
        self.lightness = lightness
        self.a = a
        self.b = b
    }

    /// - Parameter light: red, green and blue in linear light, none below 0.
    @inline(__always)
    init(light: SIMD3<Float>) {
        let l = Self.cubeRoot(0.412_221_470_8 * light.x + 0.536_332_536_3 * light.y + 0.051_445_992_9 * light.z)
        let m = Self.cubeRoot(0.211_903_498_2 * light.x + 0.680_699_545_1 * light.y + 0.107_396_956_6 * light.z)
        let s = Self.cubeRoot(0.088_302_461_9 * light.x + 0.281_718_837_6 * light.y + 0.629_978_700_5 * light.z)
        lightness = 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s
        a = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s
        b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s
    }

    /// Linear light from 0 to 1. A colour that no screen shows gives up chroma until one does, and keeps hue and lightness:
    /// cutting its channels off would shift both.
    @inline(__always)
    var light: SIMD3<Float> {
        let light = unboundedLight(chroma: 1)
        return Self.isShown(light) ? Self.bounded(light) : shownLight
    }

    /// The share of the chroma is found by halving, to a 512th.
    @inline(never)
    private var shownLight: SIMD3<Float> {
        if lightness >= 1 { return SIMD3(repeating: 1) }
        if lightness <= 0 { return SIMD3(repeating: 0) }
        var share: Float = 0
        var step: Float = 0.5
        for _ in 0..<9 {
            if Self.isShown(unboundedLight(chroma: share + step)) { share += step }
            step /= 2
        }
        return Self.bounded(unboundedLight(chroma: share))
    }

    @inline(__always)
    private func unboundedLight(chroma: Float) -> SIMD3<Float> {
        let a = a * chroma
        let b = b * chroma
        let l = Self.cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b)
        let m = Self.cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b)
        let s = Self.cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b)
        return SIMD3(
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s)
    }

    /// Within rounding.
    @inline(__always)
    private static func isShown(_ light: SIMD3<Float>) -> Bool { light.min() >= -0.0005 && light.max() <= 1.0005 }

    @inline(__always)
    private static func bounded(_ light: SIMD3<Float>) -> SIMD3<Float> {
        light.clamped(lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 1))
    }

    @inline(__always)
    private static func cube(_ value: Float) -> Float { value * value * value }

    /// By two rounds of Halley's method from a first guess on the exponent: exact to a millionth, the same on every machine,
    /// and several times as fast as the C library's.
    @inline(__always)
    static func cubeRoot(_ value: Float) -> Float {
        guard value > 1e-12 else { return 0 }
        var root = Float(bitPattern: value.bitPattern / 3 + 709_921_077)
        for _ in 0..<2 {
            let cube = root * root * root
            root *= (cube + 2 * value) / (2 * cube + value)
        }
        return root
    }
}
