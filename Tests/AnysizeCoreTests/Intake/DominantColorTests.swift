import AnysizeCore
import Testing

@Suite struct DominantColorTests {
    @Test(arguments: ["#000000", "#0a141e", "#ffffff", "#ff0080"])
    func `A flat picture has its own colour`(hex: String) throws {
        let value = try #require(Int(hex.dropFirst(), radix: 16))
        let pixel = [UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255), 255]
        #expect(DominantColor.hex(rgba: pixel + pixel, width: 2, height: 1) == hex)
    }

    @Test func `The larger area wins, with the mean of its shades`() {
        let picture = pixels((3, 0x40, 0x80, 0x20), (3, 0x44, 0x84, 0x26), (4, 0xF0, 0xF0, 0x00))
        #expect(DominantColor.hex(rgba: picture, width: 10, height: 1) == "#428223")
    }

    @Test func `Of a grey and a somewhat smaller coloured area the coloured one wins`() {
        let picture = pixels((55, 0x80, 0x80, 0x80), (45, 0xE0, 0x20, 0x20))
        #expect(DominantColor.hex(rgba: picture, width: 10, height: 10) == "#e02020")
    }

    @Test func `A grey area twice as large as the coloured one wins all the same`() {
        let picture = pixels((66, 0x80, 0x80, 0x80), (34, 0xFF, 0x00, 0x00))
        #expect(DominantColor.hex(rgba: picture, width: 10, height: 10) == "#808080")
    }

    @Test func `Pixels less than half opaque don't count`() {
        let picture = TestPicture.flat(255, 0, 0, 127, pixelCount: 9) + TestPicture.flat(1, 2, 3, 128, pixelCount: 1)
        #expect(DominantColor.hex(rgba: picture, width: 5, height: 2) == "#010203")
    }

    @Test func `A picture that can hardly be seen is white`() {
        let picture = TestPicture.flat(255, 0, 0, 1, pixelCount: 4)
        #expect(DominantColor.hex(rgba: picture, width: 2, height: 2) == "#ffffff")
    }

    private func pixels(_ areas: (pixelCount: Int, red: UInt8, green: UInt8, blue: UInt8)...) -> [UInt8] {
        areas.flatMap { TestPicture.flat($0.red, $0.green, $0.blue, 255, pixelCount: $0.pixelCount) }
    }
}
