import Resampling
import Testing

@Suite struct AlphaTests {
    @Test func `Fully transparent neighbours don't bleed colour`() {
        // Gray 100 wherever anything is seen, loud colours wherever nothing is.
        var picture = Picture.noise(17, 15, .rgba)
        for pixel in 0..<(17 * 15) {
            let seen = pixel % 3 == 0
            for channel in 0..<3 { picture.samples[4 * pixel + channel] = seen ? 100 : 255 * (channel % 2) }
            picture.samples[4 * pixel + 3] = seen ? 255 : 0
        }
        for level in picture.pyramid(to: 4) {
            for pixel in stride(from: 0, to: level.samples.count, by: 4) where level.samples[pixel + 3] > 0 {
                #expect(level.samples[pixel..<(pixel + 3)].allSatisfy { $0 == 100 })
            }
        }
    }

    @Test(arguments: [PictureShape.Channels.grayAlpha, .rgba], PictureShape.Depth.allCases)
    func `What nobody sees has no colour`(channels: PictureShape.Channels, depth: PictureShape.Depth) {
        var picture = Picture.noise(9, 9, channels, depth)
        for k in picture.samples.indices where k % channels.rawValue == channels.rawValue - 1 { picture.samples[k] = 0 }
        #expect(picture.pyramid(to: 3).allSatisfy { $0.samples.allSatisfy { $0 == 0 } })
    }

    @Test func `The faintest alpha keeps its colour`() {
        let pixels = (0..<64).flatMap { _ in [7, 200, 31, 1] }
        let picture = Picture(width: 8, height: 8, channels: .rgba, depth: .eight, samples: pixels)
        for level in picture.pyramid(to: 3) {
            #expect(level.samples == Array(pixels.prefix(level.samples.count)))
        }
    }

    @Test func `Full alpha gives what no alpha gives`() {
        let opaque = Picture.noise(31, 22, .rgb)
        var picture = opaque
        picture.channels = .rgba
        picture.samples = (0..<(31 * 22)).flatMap { opaque.samples[(3 * $0)..<(3 * $0 + 3)] + [255] }
        for (level, without) in zip(picture.pyramid(to: 3), opaque.pyramid(to: 3)) {
            let colours = level.samples.enumerated().filter { $0.offset % 4 != 3 }.map(\.element)
            #expect(zip(colours, without.samples).allSatisfy { abs($0 - $1) <= 1 })
        }
    }
}
