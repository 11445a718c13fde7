import Foundation
import Testing

@testable import Resampling

@Suite struct AdjustingTests {
    private static let all = PictureShape.Channels.allCases

    private func colours(_ picture: Picture, _ set: (inout ColourChange) -> Void) -> Picture {
        var change = ColourChange()
        set(&change)
        let pass = ColourPass(change, of: picture.channels)
        let row = picture.bytes()
        var result = [UInt8](repeating: 0, count: picture.width * picture.height * pass.target.rawValue)
        pass.apply(row, width: picture.width * picture.height, into: &result)
        return Picture(
            width: picture.width, height: picture.height, channels: pass.target, depth: .eight,
            samples: result.map(Int.init))
    }

    private func details(_ picture: Picture, _ body: (PixelRows) -> Bool) -> Picture {
        var bytes = picture.bytes()
        let isDone = bytes.withUnsafeMutableBytes {
            body(PixelRows($0, width: picture.width, height: picture.height, channels: picture.channels))
        }
        #expect(isDone)
        var result = picture
        result.samples = bytes.map(Int.init)
        return result
    }

    @Test(arguments: all) func `A change of nothing changes next to nothing, on the long way too`(
        channels: PictureShape.Channels
    ) {
        let picture = Picture.noise(31, 17, channels)
        #expect(colours(picture) { _ in } == picture)
        let turned = colours(picture) { $0.hueDegrees = 1e-9 }
        #expect(zip(turned.samples, picture.samples).allSatisfy { abs($0 - $1) <= 1 })
    }

    @Test func `Brightness and contrast are factors of codes`() {
        let picture = Picture(width: 4, height: 1, channels: .gray, depth: .eight, samples: [0, 64, 128, 255])
        #expect(colours(picture) { $0.brightness = 1.5 }.samples == [0, 96, 192, 255])
        #expect(colours(picture) { $0.brightness = 0 }.samples == [0, 0, 0, 0])
        #expect(colours(picture) { $0.contrast = 1.5 }.samples == [0, 32, 128, 255])
        #expect(colours(picture) { $0.contrast = 0 }.samples.allSatisfy { $0 == 128 })
        #expect(colours(picture) { $0.gamma = 2 }.samples == [0, 128, 181, 255])
        #expect(colours(picture) { $0.isInverted = true }.samples == [255, 191, 127, 0])
        // What brightness drives beyond white, contrast brings back.
        let both = colours(picture) { ($0.brightness, $0.contrast) = (2, 0.5) }.samples
        #expect(both[3] > both[2])
    }

    @Test func `Saturation and hue leave lightness as it is, and grays alone`() {
        let picture = Picture.noise(40, 40, .rgb, seed: 5)
        func lightness(_ picture: Picture) -> [Float] {
            stride(from: 0, to: picture.samples.count, by: 3).map { start in
                let light = picture.samples[start..<start + 3].map { Float(SRGBCurve.linear(Double($0) / 255)) }
                return OKLab(light: SIMD3(light[0], light[1], light[2])).lightness
            }
        }
        for change in [(2, 0), (0.5, 0), (1, 90), (1, 200), (1.5, 300)] as [(Double, Double)] {
            let changed = colours(picture) { ($0.saturation, $0.hueDegrees) = change }
            let distance = zip(lightness(picture), lightness(changed)).map { abs($0 - $1) }
            #expect(distance.max()! < 0.02, "\(change)")
        }
        let gray = Picture(
            width: 256, height: 1, channels: .rgb, depth: .eight, samples: (0...255).flatMap { [$0, $0, $0] })
        let turned = colours(gray) { ($0.saturation, $0.hueDegrees) = (2, 77) }
        #expect(zip(turned.samples, gray.samples).allSatisfy { abs($0 - $1) <= 1 })
        let bleached = colours(picture) { $0.saturation = 0 }
        for start in stride(from: 0, to: bleached.samples.count, by: 3) {
            let pixel = bleached.samples[start..<start + 3]
            #expect(pixel.max()! - pixel.min()! <= 1)
        }
    }

    @Test func `Hues turn by degrees`() {
        let red = Picture(width: 1, height: 1, channels: .rgb, depth: .eight, samples: [200, 60, 60])
        let green = colours(red) { $0.hueDegrees = 120 }.samples
        #expect(green[1] > green[0] + 40 && green[1] > green[2] + 40)
        let back = colours(colours(red) { $0.hueDegrees = 120 }) { $0.hueDegrees = 240 }.samples
        #expect(zip(back, red.samples).allSatisfy { abs($0 - $1) <= 3 })
    }

    @Test(arguments: all) func `Grayscale has fewer channels, a tint has colour, and alpha stays`(
        channels: PictureShape.Channels
    ) {
        let picture = Picture.noise(20, 10, channels)
        let gray = colours(picture) { $0.isGrayscale = true }
        #expect(gray.channels == (channels.hasAlpha ? .grayAlpha : .gray))
        let tinted = colours(picture) {
            $0.tint = ColourChange.Tint(red: 200, green: 100, blue: 0, strength: 1)
        }
        #expect(tinted.channels == (channels.hasAlpha ? .rgba : .rgb))
        let wide = tinted.channels.rawValue
        for pixel in 0..<200 {
            let at = tinted.samples[(pixel * wide)..<(pixel * wide + 3)].map { $0 }
            #expect(at[0] >= at[1] && at[1] >= at[2])
            guard channels.hasAlpha else { continue }
            let alpha = picture.samples[(pixel + 1) * channels.rawValue - 1]
            #expect(tinted.samples[(pixel + 1) * wide - 1] == alpha)
            #expect(gray.samples[2 * pixel + 1] == alpha)
        }
    }

    @Test func `A tint's strength mixes`() {
        let blue = Picture(width: 1, height: 1, channels: .rgb, depth: .eight, samples: [60, 60, 200])
        func tinted(_ strength: Double) -> [Int] {
            colours(blue) { $0.tint = ColourChange.Tint(red: 255, green: 160, blue: 0, strength: strength) }.samples
        }
        #expect(tinted(0)[2] >= 198)
        #expect(tinted(0.5)[2] < tinted(0)[2] && tinted(1)[2] < tinted(0.5)[2])
    }

    /// The exact Gaussian of one bright pixel in the middle.
    @Test(arguments: [0.5, 1, 2.5, 4, 4.5, 6, 9.3, 20]) func `A blur is as wide as it says`(sigma: Double) {
        let side = 161
        var picture = Picture.filled(0, PictureShape(width: side, height: side, channels: .gray, depth: .eight))
        // A bright square large enough not to vanish in whole numbers; its variance is taken off.
        let half = 10
        for y in 80 - half...80 + half {
            for x in 80 - half...80 + half { picture.samples[y * side + x] = 255 }
        }
        let blurred = details(picture) { Blur.run($0, sigma: sigma, while: { true }) }
        let total = Double(blurred.samples.reduce(0, +))
        var variance = 0.0
        for y in 0..<side {
            for x in 0..<side { variance += Double(blurred.samples[y * side + x]) * Double((x - 80) * (x - 80)) }
        }
        let own = Double((2 * half + 1) * (2 * half + 1) - 1) / 12
        let seen = (variance / total - own).squareRoot()
        #expect(abs(seen - sigma) < 0.05 * sigma + 0.1, "\(seen)")
        #expect(abs(total / Double(picture.samples.reduce(0, +)) - 1) < 0.03)
    }

    @Test(arguments: all, [0.3, 3, 5, 40, 1000]) func `A flat picture stays flat under every filter`(
        channels: PictureShape.Channels, sigma: Double
    ) {
        for (width, height) in [(1, 1), (3, 50), (70, 2), (33, 41)] {
            let picture = Picture.filled(
                77, PictureShape(width: width, height: height, channels: channels, depth: .eight))
            let blurred = details(picture) { Blur.run($0, sigma: sigma, while: { true }) }
            #expect(zip(blurred.samples, picture.samples).allSatisfy { abs($0 - $1) <= 1 })
            #expect(details(picture) { Sharpening.run($0, amount: 2, while: { true }) } == picture)
            let squares = details(picture) { Pixelation.run($0, block: Int(sigma.rounded(.up)), while: { true }) }
            #expect(squares == picture)
        }
    }

    @Test func `What nobody sees has no say`() {
        // Gray 100 wherever anything is seen, loud colours wherever nothing is.
        var picture = Picture.noise(37, 25, .rgba)
        for pixel in 0..<(37 * 25) {
            let seen = pixel % 3 == 0
            for channel in 0..<3 { picture.samples[4 * pixel + channel] = seen ? 100 : 255 * (channel % 2) }
            picture.samples[4 * pixel + 3] = seen ? 255 : 0
        }
        let changed = [
            details(picture) { Blur.run($0, sigma: 1.5, while: { true }) },
            details(picture) { Blur.run($0, sigma: 8, while: { true }) },
            details(picture) { Sharpening.run($0, amount: 2, while: { true }) },
            details(picture) { Pixelation.run($0, block: 4, while: { true }) },
        ]
        for (index, result) in changed.enumerated() {
            for pixel in stride(from: 0, to: result.samples.count, by: 4) where result.samples[pixel + 3] > 3 {
                let colours = result.samples[pixel..<pixel + 3]
                #expect(colours.allSatisfy { abs($0 - 100) <= 1 }, "filter \(index)")
            }
        }
    }

    @Test func `Sharpening makes an edge steeper and leaves hues alone`() {
        let samples = (0..<8).flatMap { _ in (0..<16).flatMap { $0 < 8 ? [90, 60, 60] : [170, 140, 140] } }
        let picture = Picture(width: 16, height: 8, channels: .rgb, depth: .eight, samples: samples)
        let sharp = details(picture) { Sharpening.run($0, amount: 1, while: { true }) }
        let row = (0..<16).map { sharp.samples[(4 * 16 + $0) * 3] }
        #expect(row[7] < 80 && row[8] > 180)
        #expect(row[0] == 90 && row[15] == 170)
        for pixel in 0..<128 {
            #expect(sharp.samples[3 * pixel] - sharp.samples[3 * pixel + 1] == 30)
        }
    }

    @Test func `Squares have the mean of their pixels, cut ones too`() {
        let picture = Picture(
            width: 5, height: 3, channels: .gray, depth: .eight,
            samples: [10, 20, 30, 40, 50, 30, 40, 50, 60, 70, 1, 3, 5, 7, 9])
        let squares = details(picture) { Pixelation.run($0, block: 2, while: { true }) }
        #expect(squares.samples == [25, 25, 45, 45, 60, 25, 25, 45, 45, 60, 2, 2, 6, 6, 9])
    }

    @Test func `All of them can be stopped`() {
        var bytes = Picture.noise(64, 64, .rgb).bytes()
        bytes.withUnsafeMutableBytes { memory in
            let rows = PixelRows(memory, width: 64, height: 64, channels: .rgb)
            #expect(!Blur.run(rows, sigma: 2, while: { false }))
            #expect(!Blur.run(rows, sigma: 20, while: { false }))
            #expect(!Sharpening.run(rows, amount: 1, while: { false }))
            #expect(!Pixelation.run(rows, block: 3, while: { false }))
        }
    }

    /// The widest blur costs no more than a middling one; measured generously, since other tests run meanwhile.
    @Test(.timeLimit(.minutes(1))) func `A blur's cost doesn't grow with its width`() {
        var bytes = (0..<800 * 600 * 3).map { UInt8(truncatingIfNeeded: $0 * $0) }
        func seconds(_ sigma: Double) -> Double {
            bytes.withUnsafeMutableBytes { memory in
                let rows = PixelRows(memory, width: 800, height: 600, channels: .rgb)
                let clock = ContinuousClock()
                let times = (0..<3).map { _ in
                    clock.measure { #expect(Blur.run(rows, sigma: sigma, while: { true })) }
                }
                let least = times.min()!.components
                return Double(least.seconds) + Double(least.attoseconds) * 1e-18
            }
        }
        let fine = seconds(4)
        for sigma in [10.0, 100, 1000] { #expect(seconds(sigma) < fine * 3 + 0.05, "\(sigma)") }
    }
}
