import Resampling
import Testing

@Suite struct PairAlignmentTests {
    /// All sizes up to 9 by 9, three levels deep, to the bit.
    @Test(arguments: 1...8, PictureShape.Channels.allCases)
    func `Turning a level gives the level of the turned picture`(orientation: Int, channels: PictureShape.Channels) {
        for width in 1...9 {
            for height in 1...9 {
                let stored = Picture.noise(width, height, channels, seed: 10 * width + height)
                let halvedFirst = stored.pyramid(to: 3, alignment: PairAlignment(orientation: orientation))
                let turnedFirst = stored.upright(from: orientation).pyramid(to: 3)
                #expect(halvedFirst.map { $0.upright(from: orientation) } == turnedFirst, "\(width)x\(height)")
            }
        }
    }

    @Test(arguments: 1...8) func `A large picture turns to the bit as well`(orientation: Int) {
        let stored = Picture.noise(201, 143, .rgb, .sixteen)
        let halvedFirst = stored.pyramid(to: 5, alignment: PairAlignment(orientation: orientation)).dropFirst()
        let turnedFirst = stored.upright(from: orientation).pyramid(to: 5).dropFirst()
        #expect(halvedFirst.map { $0.upright(from: orientation) } == Array(turnedFirst))
    }

    @Test func `Each orientation has its rule`() {
        let flags = (1...8).map { PairAlignment(orientation: $0) }
        #expect(flags.map(\.doublesFirstColumn) == [false, true, true, false, false, false, true, true])
        #expect(flags.map(\.doublesFirstRow) == [false, false, true, true, false, true, true, false])
        #expect(PairAlignment(orientation: 0) == .upright)
        #expect(PairAlignment(orientation: 9) == .upright)
    }

    /// Six by two pixels seen as EXIF says, so that `Picture.upright` is no mirror image of the rule it tests.
    @Test func `The test's own turns are those of EXIF`() {
        let stored = Picture(width: 3, height: 2, channels: .gray, depth: .eight, samples: [1, 2, 3, 4, 5, 6])
        let seen = (1...8).map { stored.upright(from: $0).samples }
        #expect(
            seen == [
                [1, 2, 3, 4, 5, 6], [3, 2, 1, 6, 5, 4], [6, 5, 4, 3, 2, 1], [4, 5, 6, 1, 2, 3],
                [1, 4, 2, 5, 3, 6], [4, 1, 5, 2, 6, 3], [6, 3, 5, 2, 4, 1], [3, 6, 2, 5, 1, 4],
            ])
    }
}
