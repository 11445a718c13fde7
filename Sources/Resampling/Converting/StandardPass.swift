/// Converts samples of other primaries and curves to sRGB, row by row. Tables are made once, for a whole picture.
///
/// HDR is brought into range by the brightest of a pixel's three lights, all of which are then scaled alike: hue stays, and
/// so does the way from gray to full colour. What sRGB still lacks is cut off a channel at a time, as conversions by
/// profile do and browsers, so that the same picture looks the same whichever way it says its colours.
package struct StandardPass: Sendable {
    private let channels: PictureShape.Channels
    private let depth: PictureShape.Depth
    /// The sample of white.
    private let full: Int
    /// Light of each sample.
    private let light: [Float]
    /// What red, green and blue at their full are in sRGB.
    private let columns: [SIMD3<Float>]
    /// How much they give to luminance, and what light is multiplied by for it; nil where that is always 1.
    private let screen: (weights: SIMD3<Float>, factor: LogTable)?
    /// What light is multiplied by for the brightest of a pixel; nil where that is always 1.
    private let tone: LogTable?
    /// The codes of light, 0...65535.
    private let coder = LogTable { 65535 * SRGBCurve.coded(min($0, 1)) }

    /// - Parameters:
    ///   - channels: of the picture and of the result.
    ///   - depth: of the picture; the result has 16 bits.
    ///   - full: the sample of white, at most 255 or 65535. Decoders leave the low bits of 10 or 12 empty.
    package init(
        of channels: PictureShape.Channels, _ depth: PictureShape.Depth, full: Int, primaries: RGBPrimaries,
        curve: SignalCurve
    ) {
        let last = depth == .eight ? 255 : 65535
        precondition((1...last).contains(full), "White is a sample")
        self.channels = channels
        self.depth = depth
        self.full = full
        light = (0...last).map { Float(curve.light(min(1, Double($0) / Double(full)))) }
        columns = primaries.inStandard.map { SIMD3<Float>($0) }
        screen = curve == .hlg ? (SIMD3<Float>(primaries.luminance), LogTable(SignalCurve.screenFactor)) : nil
        tone = curve.isHDR ? LogTable { ToneCurve.apply($0) / $0 } : nil
    }

    /// Converts some pixels.
    /// - Parameters:
    ///   - samples: of as many pixels as `width` says; need not be aligned.
    ///   - result: room for as many samples of 16 bits.
    package func apply(_ samples: UnsafeRawPointer, width: Int, into result: UnsafeMutableRawPointer) {
        let result = result.assumingMemoryBound(to: UInt16.self)
        switch depth {
        case .eight:
            let samples = samples.assumingMemoryBound(to: UInt8.self)
            convert(width, into: result) { Int(samples[$0]) }
        case .sixteen:
            convert(width, into: result) { Int(samples.loadUnaligned(fromByteOffset: 2 &* $0, as: UInt16.self)) }
        }
    }

    @inline(__always)
    private func convert(_ width: Int, into result: UnsafeMutablePointer<UInt16>, sample: (Int) -> Int) {
        let step = channels.rawValue
        for start in stride(from: 0, to: width * step, by: step) {
            if step < 3 {
                result[start] = codes(standard(SIMD3(repeating: light[sample(start)]))).x
            } else {
                let colour = SIMD3(light[sample(start)], light[sample(start + 1)], light[sample(start + 2)])
                let codes = codes(standard(colour))
                result[start] = codes.x
                result[start + 1] = codes.y
                result[start + 2] = codes.z
            }
        }
        guard channels.hasAlpha else { return }
        for place in stride(from: step - 1, to: width * step, by: step) {
            result[place] = UInt16((min(sample(place), full) * 65535 + full / 2) / full)
        }
    }

    /// Light of sRGB; some may be below 0 or above 1.
    @inline(__always)
    private func standard(_ colour: SIMD3<Float>) -> SIMD3<Float> {
        var light = colour
        if let screen { light *= screen.factor[(light * screen.weights).sum()] }
        light = columns[0] * light.x + columns[1] * light.y + columns[2] * light.z
        if let tone { light *= tone[light.max()] }
        return light
    }

    @inline(__always)
    private func codes(_ light: SIMD3<Float>) -> SIMD3<UInt16> {
        SIMD3(UInt16(coder[light.x] + 0.5), UInt16(coder[light.y] + 0.5), UInt16(coder[light.z] + 0.5))
    }
}
