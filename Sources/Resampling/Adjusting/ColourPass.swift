import Foundation

/// Carries a ``ColourChange`` out, row by row. Tables are made once, for a whole picture.
package struct ColourPass: Sendable {
    private let change: ColourChange
    private let source: PictureShape.Channels
    package let target: PictureShape.Channels
    /// What each code of a sample becomes, where samples change by themselves; else, of a gray picture, what each code of a
    /// pixel becomes: as many bytes as the result has colours, for each code in turn.
    private let bytes: [UInt8]?
    private let mixer: LightMixer

    package init(_ change: ColourChange, of source: PictureShape.Channels) {
        self.change = change
        self.source = source
        target = change.channels(of: source)
        mixer = LightMixer(change)
        if change.isPerSample(source) {
            bytes = (0...255).map { code in
                let share = change.gammaCorrected(change.levelled(Double(code) / 255))
                let byte = UInt8((min(1, share) * 255).rounded())
                return change.isInverted ? 255 - byte : byte
            }
        } else if source == .gray || source == .grayAlpha {
            bytes = (0...255).flatMap { [mixer] code in mixer.bytes(code, code, code) }
        } else {
            bytes = nil
        }
    }

    /// Changes one row.
    /// - Parameters:
    ///   - row: samples of the source.
    ///   - width: in pixels.
    ///   - result: for as many pixels with the channels of ``target``.
    package func apply(_ row: UnsafePointer<UInt8>, width: Int, into result: UnsafeMutablePointer<UInt8>) {
        if let bytes {
            bytes.withUnsafeBufferPointer { look(up: $0.baseAddress!, row, width, into: result) }
        } else if target == .rgb || target == .rgba {
            mixer.mix(row, source.rawValue, width: width, into: result, target.rawValue)
        } else {
            mixer.mixToGray(row, source.rawValue, width: width, into: result, target.rawValue)
        }
        guard source.hasAlpha else { return }
        let (from, to) = (source.rawValue, target.rawValue)
        for pixel in 0..<width { result[pixel * to + to - 1] = row[pixel * from + from - 1] }
    }

    private func look(
        up table: UnsafePointer<UInt8>, _ row: UnsafePointer<UInt8>, _ width: Int,
        into result: UnsafeMutablePointer<UInt8>
    ) {
        guard source != target else {
            for sample in 0..<width * source.rawValue { result[sample] = table[Int(row[sample])] }
            return
        }
        for pixel in 0..<width {
            let code = 3 * Int(row[pixel * source.rawValue])
            let place = result + pixel * target.rawValue
            for channel in 0..<3 { place[channel] = table[code + channel] }
        }
    }
}

/// The way of a pixel of three colours through linear light.
private struct LightMixer: Sendable {
    /// Light of each code after brightness and contrast; after gamma too, where hues and chroma stay.
    private let light: [Float]
    /// Hue and chroma: a turn with a stretch, as the two numbers of a complex factor. Nil where they stay.
    private let turn: SIMD2<Float>?
    /// Light after gamma, by the square root of light; nil where nothing is left to do.
    private let gamma: [Float]?
    private let isGrayscale: Bool
    /// Both axes of the tint's colour, and its strength.
    private let tint: SIMD3<Float>?
    /// What is taken from each code to invert it: 255, or nothing.
    private let isInverted: Bool

    private static let gammaSteps = 4096

    init(_ change: ColourChange) {
        let turns = change.saturation != 1 || change.hueDegrees != 0
        light = (0...255).map { code in
            let code = change.levelled(Double(code) / 255)
            return Float(SRGBCurve.linear(turns ? code : change.gammaCorrected(code)))
        }
        let angle = change.hueDegrees * .pi / 180
        turn =
            turns
            ? SIMD2(Float(change.saturation * cos(angle)), Float(change.saturation * sin(angle))) : nil
        gamma =
            turns && change.gamma != 1
            ? (0...Self.gammaSteps).map { step in
                let root = Double(step) / Double(Self.gammaSteps)
                return Float(SRGBCurve.linear(change.gammaCorrected(SRGBCurve.coded(root * root))))
            } : nil
        isGrayscale = change.isGrayscale
        tint = change.tint.map { tint in
            let light = [tint.red, tint.green, tint.blue].map { Float(SRGBCurve.linear(Double($0) / 255)) }
            let colour = OKLab(light: SIMD3(light[0], light[1], light[2]))
            return SIMD3(colour.a, colour.b, Float(tint.strength))
        }
        isInverted = change.isInverted
    }

    /// One pixel, for tables.
    func bytes(_ red: Int, _ green: Int, _ blue: Int) -> [UInt8] {
        var result: [UInt8] = [0, 0, 0]
        result.withUnsafeMutableBufferPointer { result in
            [UInt8(red), UInt8(green), UInt8(blue)].withUnsafeBufferPointer {
                mix($0.baseAddress!, 3, width: 1, into: result.baseAddress!, 3)
            }
        }
        return result
    }

    func mix(
        _ row: UnsafePointer<UInt8>, _ from: Int, width: Int, into result: UnsafeMutablePointer<UInt8>, _ to: Int
    ) {
        let flip: UInt8 = isInverted ? 255 : 0
        light.withUnsafeBufferPointer { light in
            LightTable.withCoder { coder in
                for pixel in 0..<width {
                    let samples = row + pixel * from
                    let mixed = mixed(SIMD3(light[Int(samples[0])], light[Int(samples[1])], light[Int(samples[2])]))
                    let place = result + pixel * to
                    place[0] = coder.code(mixed.x) ^ flip
                    place[1] = coder.code(mixed.y) ^ flip
                    place[2] = coder.code(mixed.z) ^ flip
                }
            }
        }
    }

    func mixToGray(
        _ row: UnsafePointer<UInt8>, _ from: Int, width: Int, into result: UnsafeMutablePointer<UInt8>, _ to: Int
    ) {
        let flip: UInt8 = isInverted ? 255 : 0
        light.withUnsafeBufferPointer { light in
            LightTable.withCoder { coder in
                for pixel in 0..<width {
                    let samples = row + pixel * from
                    let mixed = mixed(SIMD3(light[Int(samples[0])], light[Int(samples[1])], light[Int(samples[2])]))
                    result[pixel * to] = coder.code(mixed.x) ^ flip
                }
            }
        }
    }

    @inline(__always)
    private func mixed(_ light: SIMD3<Float>) -> SIMD3<Float> {
        var light = light
        if let turn {
            var colour = OKLab(light: light)
            (colour.a, colour.b) = (
                turn.x * colour.a - turn.y * colour.b, turn.y * colour.a + turn.x * colour.b
            )
            light = colour.light
        }
        if let gamma { light = corrected(light, gamma) }
        if isGrayscale {
            light = SIMD3(repeating: 0.2126 * light.x + 0.7152 * light.y + 0.0722 * light.z)
        }
        if let tint {
            var colour = OKLab(light: light)
            colour.a += tint.z * (tint.x - colour.a)
            colour.b += tint.z * (tint.y - colour.b)
            light = colour.light
        }
        return light
    }

    @inline(__always)
    private func corrected(_ light: SIMD3<Float>, _ gamma: [Float]) -> SIMD3<Float> {
        let steps = (light.squareRoot() * Float(Self.gammaSteps)).rounded(.toNearestOrAwayFromZero)
        return SIMD3(gamma[Int(steps.x)], gamma[Int(steps.y)], gamma[Int(steps.z)])
    }
}
