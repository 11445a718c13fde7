import AnysizeCore
import AnysizeTesting
import Foundation
import Testing

@Suite struct PaletteTests {
    private func pixels(_ areas: [(color: [UInt8], count: Int)]) -> [UInt8] {
        areas.flatMap { area in
            (0..<area.count).flatMap { _ in area.color.count == 4 ? area.color : area.color + [255] }
        }
    }

    @Test func `areas of one colour each are the palette, largest first`() throws {
        let palette = try #require(
            Palette(rgba: pixels([([200, 30, 30], 100), ([250, 250, 250], 600), ([20, 40, 200], 300)])))
        #expect(palette.entries.map(\.color) == ["#fafafa", "#1428c8", "#c81e1e"])
        #expect(palette.entries.map(\.thousandths) == [600, 300, 100])
    }

    @Test func `colours that look alike are one`() throws {
        let palette = try #require(Palette(rgba: pixels([([110, 110, 110], 50), ([113, 113, 113], 50)])))
        #expect(palette.entries.map(\.color) == ["#707070"] && palette.entries[0].thousandths == 1000)
    }

    @Test func `of many colours there are six, whose shares add up`() throws {
        var random = SeededRandom(seed: 3)
        let rgba = (0..<40_000).map { $0 % 4 == 3 ? 255 : UInt8.random(in: .min ... .max, using: &random) }
        let palette = try #require(Palette(rgba: rgba))
        #expect(palette.entries.count == 6)
        #expect((990...1010).contains(palette.entries.reduce(0) { $0 + $1.thousandths }))
        #expect(palette.entries.map(\.thousandths) == palette.entries.map(\.thousandths).sorted(by: >))
        #expect(Palette(rgba: rgba) == palette)
    }

    @Test func `what is transparent doesn't count, nor do specks`() throws {
        let palette = try #require(
            Palette(rgba: pixels([([255, 0, 0, 127], 900), ([0, 128, 0, 128], 999), ([0, 0, 255], 1)])))
        #expect(palette.entries.map(\.color) == ["#008000"])
        #expect(Palette(rgba: pixels([([1, 2, 3, 0], 4)])) == nil)
        #expect(Palette(rgba: []) == nil)
    }

    @Test func `a record has it as one text`() throws {
        let palette = try #require(Palette(rgba: pixels([([255, 255, 255], 3), ([0, 0, 0], 1)])))
        let data = try JSONEncoder().encode([palette])
        #expect(String(decoding: data, as: UTF8.self) == "[\"ffffff:750,000000:250\"]")
        #expect(try JSONDecoder().decode([Palette].self, from: data) == [palette])
        for text in ["ffffff", "fffff:1", "gggggg:1", "ffffff:0", "ffffff:1001", "ffffff:1,,000000:1", "ffffff:1:1"] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode([Palette].self, from: Data("[\"\(text)\"]".utf8))
            }
        }
    }
}
