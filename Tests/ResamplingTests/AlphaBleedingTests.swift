import Resampling
import Testing

@Suite struct AlphaBleedingTests {
    private func bled(_ bytes: [UInt8], width: Int, _ channels: PictureShape.Channels) -> [UInt8] {
        var bytes = bytes
        let height = bytes.count / width / channels.rawValue
        bytes.withUnsafeMutableBytes { memory in
            let picture = PixelRows(memory, width: width, height: height, channels: channels)
            #expect(AlphaBleeding.run(picture, while: { true }))
        }
        return bytes
    }

    @Test(arguments: [(1, 1), (7, 5), (64, 64), (33, 1), (1, 40), (129, 65)])
    func `Nothing that is seen changes, and nothing unseen keeps a colour of its own`(width: Int, height: Int) {
        // Seen are some, in reds of all kinds; unseen is green.
        let pixels = (0..<width * height).map { index -> [UInt8] in
            let mixed = (index * 2_654_435_761) >> 7
            return mixed % 9 == 0 || index == 0
                ? [UInt8(100 + mixed % 101), 0, 0, UInt8(1 + mixed % 255)] : [0, 255, 0, 0]
        }
        let after = bled(pixels.flatMap { $0 }, width: width, .rgba)
        for (index, before) in pixels.enumerated() {
            let pixel = Array(after[4 * index..<4 * index + 4])
            if before[3] > 0 {
                #expect(pixel == before)
            } else {
                #expect((100...200).contains(pixel[0]) && pixel[1] == 0 && pixel[2] == 0 && pixel[3] == 0)
            }
        }
    }

    @Test func `A neighbour's colour is nearer than one far away`() {
        var pixels = [UInt8](repeating: 0, count: 16 * 2)
        pixels[0...1] = [10, 255]
        pixels[30...31] = [250, 255]
        let after = bled(pixels, width: 16, .grayAlpha)
        #expect(after[2] == 10 && after[28] == 250)
        #expect((0..<16).allSatisfy { after[2 * $0] >= 10 })
    }

    @Test func `What shows nothing, and what hides nothing, stays as it is`() {
        let clear: [UInt8] = [1, 2, 3, 0, 4, 5, 6, 0]
        #expect(bled(clear, width: 2, .rgba) == clear)
        let opaque: [UInt8] = [1, 2, 3, 4, 5, 6]
        #expect(bled(opaque, width: 2, .rgb) == opaque)
    }
}
