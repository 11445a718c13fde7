import AnysizeCore
import Foundation
import Testing

@Suite struct ThumbHashTests {
    /// From an independent implementation in Python, over `TestPicture`.
    static let cases = [
        ThumbCase(width: 32, height: 24, isTranslucent: false, base64: "4ecFVZRwh3eCh3d3d3h4h4ByCNd3"),
        ThumbCase(width: 24, height: 32, isTranslucent: false, base64: "4ecFRRSAd3SId3d3d4h4h4CACNd3"),
        ThumbCase(width: 20, height: 20, isTranslucent: false, base64: "4ecFTxSAh3dzeId3eHiHh4h3CBeIcH0H"),
        ThumbCase(width: 100, height: 9, isTranslucent: false, base64: "4fcFYZR1d3dwd3d4gIUI2Hc="),
        ThumbCase(width: 5, height: 16, isTranslucent: false, base64: "YMcFUhSAdnd3eHd3cnAI2Ic="),
        ThumbCase(width: 64, height: 64, isTranslucent: false, base64: "4ecFTxSAh4eDh3d4eHh4iHd3BxiHgH0I"),
        ThumbCase(width: 32, height: 24, isTranslucent: true, base64: "YwmCFIYlwJXRh3lnCBydsH8GeTiHmIiHCA=="),
        ThumbCase(width: 24, height: 32, isTranslucent: true, base64: "I9mBFAYlkGZ8mIeHCCm9kJ01eQiHmIiHCA=="),
        ThumbCase(width: 20, height: 20, isTranslucent: true, base64: "I/mBFQYVoIbEh3l4iLDiCupYkIdwiIl4iA=="),
        ThumbCase(width: 100, height: 9, isTranslucent: true, base64: "4lmCEYQ1lofAhnjyozf9c5CHh4iId4g="),
        ThumbCase(width: 5, height: 16, isTranslucent: true, base64: "4YiBEgY0gMeHh3hw0g6oW4eHcIh5eIc="),
        ThumbCase(width: 64, height: 64, isTranslucent: true, base64: "Y/mBFQYVoIbEh3l4iKDSCupYkIeAiIl3iA=="),
    ]

    @Test(arguments: cases)
    func `Hashes are those of an independent implementation`(of case: ThumbCase) {
        let picture = TestPicture(width: `case`.width, height: `case`.height, isTranslucent: `case`.isTranslucent)
        let hash = ThumbHash.encode(rgba: picture.rgba, width: picture.width, height: picture.height)
        #expect(Data(hash).base64EncodedString() == `case`.base64)
    }

    @Test(arguments: [(1, 1), (1, 100), (100, 1), (2, 3), (7, 100), (50, 50)])
    func `No hash is longer than twenty-five bytes`(width: Int, height: Int) {
        for isTranslucent in [false, true] {
            let picture = TestPicture(width: width, height: height, isTranslucent: isTranslucent)
            #expect(5...25 ~= ThumbHash.encode(rgba: picture.rgba, width: width, height: height).count)
        }
    }

    @Test func `A flat picture has no detail and its own mean colour`() {
        let hash = ThumbHash.encode(rgba: TestPicture.flat(10, 20, 30, 255, pixelCount: 99), width: 11, height: 9)
        // Luminance 20 / 255 of 63 steps, yellow against blue -15 / 255 and red against green -10 / 255 around 31.5.
        let header = hash.prefix(3).reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(header & 63 == 5)
        #expect(header >> 6 & 63 == 30)
        #expect(header >> 12 & 63 == 30)
        #expect(header >> 18 == 0)
        #expect(hash.dropFirst(5).allSatisfy { $0 == 0 })
    }

    @Test func `Halves round up, as in the original`() {
        // 2.5 luminance frequencies across for the shorter side; some implementations round that to even.
        let picture = TestPicture(width: 5, height: 14, isTranslucent: false)
        let hash = ThumbHash.encode(rgba: picture.rgba, width: 5, height: 14)
        #expect(hash[3] & 7 == 3)
    }

    @Test func `A frequency that cancels out is the middle step and not noise`() {
        // Half a period sampled once, at its centre.
        let picture = TestPicture(width: 1, height: 7, isTranslucent: false)
        let hash = ThumbHash.encode(rgba: picture.rgba, width: 1, height: 7)
        #expect(hash[5] & 15 == 8)
    }

    @Test func `A picture that can't be seen at all still has a hash`() {
        let hash = ThumbHash.encode(rgba: TestPicture.flat(255, 0, 0, 0, pixelCount: 100), width: 10, height: 10)
        #expect(hash[2] & 0x80 == 0x80)
    }

    @Test func `The colour under full transparency makes no difference`() {
        var hidden = TestPicture(width: 20, height: 10, isTranslucent: false).rgba
        var other = hidden
        for pixel in 0..<100 {
            hidden.replaceSubrange(4 * pixel..<4 * pixel + 4, with: [255, 0, 255, 0])
            other.replaceSubrange(4 * pixel..<4 * pixel + 4, with: [0, 0, 0, 0])
        }
        let hash = ThumbHash.encode(rgba: hidden, width: 20, height: 10)
        #expect(hash == ThumbHash.encode(rgba: other, width: 20, height: 10))
    }

    @Test func `A side beyond one hundred pixels is a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = ThumbHash.encode(rgba: Array(repeating: 0, count: 404), width: 101, height: 1)
        }
    }
}

/// A picture and its hash.
struct ThumbCase: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var isTranslucent: Bool
    var base64: String

    var testDescription: String { "\(width)x\(height)\(isTranslucent ? ", translucent" : "")" }
}
