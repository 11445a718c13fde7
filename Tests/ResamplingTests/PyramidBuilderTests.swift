import Resampling
import Testing

@Suite struct PyramidBuilderTests {
    @Test(arguments: PictureShape.Channels.allCases, PictureShape.Depth.allCases)
    func `Levels are those of exact arithmetic`(channels: PictureShape.Channels, depth: PictureShape.Depth) {
        for (width, height) in [(64, 48), (65, 47), (2, 3), (7, 6), (5, 31), (101, 2)] {
            for alignment in allAlignments {
                let picture = Picture.noise(width, height, channels, depth, seed: width)
                let tally = tally(of: picture, alignment)
                #expect(tally.worst <= 1, "\(width)x\(height)")
                // Small pictures have too few samples for a share; one sample may always lie on the edge.
                #expect(tally.different * 100 <= max(tally.count, 100), "\(width)x\(height)")
            }
        }
    }

    @Test(arguments: PictureShape.Channels.allCases, PictureShape.Depth.allCases)
    func `Fewer than one in a hundred dark samples differ`(
        channels: PictureShape.Channels, depth: PictureShape.Depth
    ) {
        let tally = tally(of: .noise(301, 203, channels, depth, darkest: true), .upright)
        #expect(tally.worst <= 1)
        #expect(tally.different * 100 < tally.count)
    }

    @Test(arguments: PictureShape.Channels.allCases, PictureShape.Depth.allCases)
    func `Black stays black and white stays white`(channels: PictureShape.Channels, depth: PictureShape.Depth) {
        for width in 1...9 {
            for height in 1...9 {
                let shape = PictureShape(width: width, height: height, channels: channels, depth: depth)
                let full = depth == .eight ? 255 : 65535
                for (value, code) in [(0, 0), (full, 255)] {
                    for level in Picture.filled(value, shape).pyramid(to: 4) {
                        #expect(level.samples.allSatisfy { $0 == code })
                    }
                }
            }
        }
    }

    @Test func `A plain shade of any code stays that code`() {
        for code in 0...255 {
            let shape = PictureShape(width: 5, height: 6, channels: .gray, depth: .eight)
            #expect(Picture.filled(code, shape).pyramid(to: 3).allSatisfy { $0.samples.allSatisfy { $0 == code } })
        }
    }

    @Test(arguments: PictureShape.Channels.allCases, PictureShape.Depth.allCases)
    func `Any split of the rows gives the same bytes`(channels: PictureShape.Channels, depth: PictureShape.Depth) {
        let picture = Picture.noise(23, 37, channels, depth)
        let whole = picture.pyramid(to: 5)
        for batches in [[1], [2], [3, 1], [16], [7, 0, 5], [36, 1]] {
            #expect(picture.pyramid(to: 5, batches: batches, gap: 3) == whole)
        }
    }

    @Test func `A level is the same whichever others are asked for`() {
        let picture = Picture.noise(45, 33, .rgb)
        let all = picture.pyramid(to: 4)
        for level in 0...4 { #expect(picture.pyramid(to: 4, only: [level]) == [all[level]]) }
        #expect(picture.pyramid(to: 4, only: []).isEmpty)
    }

    @Test(arguments: PictureShape.Channels.allCases)
    func `Lines and single pixels go down to one pixel`(channels: PictureShape.Channels) {
        for (width, height) in [(1, 1), (1, 2), (1, 13), (2, 1), (13, 1)] {
            for alignment in allAlignments {
                let picture = Picture.noise(width, height, channels, seed: 3)
                #expect(tally(of: picture, alignment, levels: 5).worst <= 1)
                let last = picture.pyramid(to: 5, alignment: alignment)[5]
                #expect((last.width, last.height) == (1, 1))
            }
        }
        let pixel = Picture(width: 1, height: 1, channels: .rgb, depth: .eight, samples: [3, 128, 250])
        #expect(pixel.pyramid(to: 3).allSatisfy { $0 == pixel })
    }

    @Test func `The full size of eight bits is the original itself`() {
        let picture = Picture.noise(11, 7, .rgb)
        #expect(picture.pyramid(to: 0) == [picture])
    }

    @Test func `The full size of sixteen bits has the nearest codes`() {
        let picture = Picture(
            width: 256, height: 256, channels: .gray, depth: .sixteen, samples: Array(0...65535))
        let codes = picture.samples.map { Int((Double($0) / 257).rounded()) }
        #expect(picture.pyramid(to: 0)[0].samples == codes)
    }

    /// Compares three levels with the reference.
    private func tally(
        of picture: Picture, _ alignment: PairAlignment, levels: Int = 3
    ) -> (worst: Int, different: Int, count: Int) {
        var reference = Reference(picture)
        var result = (worst: 0, different: 0, count: 0)
        for level in picture.pyramid(to: levels, alignment: alignment).dropFirst() {
            reference.halve(alignment)
            for (sample, exact) in zip(level.samples, reference.codes) {
                let difference = abs(sample - Int(exact.rounded()))
                result.worst = max(result.worst, difference)
                result.different += difference == 0 ? 0 : 1
                result.count += 1
            }
        }
        return result
    }

    private var allAlignments: [PairAlignment] {
        [false, true].flatMap { column in
            [false, true].map { PairAlignment(doublesFirstColumn: column, doublesFirstRow: $0) }
        }
    }
}
