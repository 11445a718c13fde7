import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// What a caption does to pixels.
@Suite(.timeLimit(.minutes(2))) struct CaptionRenderingTests {
    /// On a white picture of 400 by 200.
    private func see(_ query: String, _ channels: [UInt8] = [255, 255, 255]) async throws -> Pictures.Seen {
        _ = Pictures.renderer
        let pixels = (0..<400 * 200).flatMap { _ in channels }
        let bytes = try pixels.withUnsafeBytes { bytes in
            try Vips.job { () throws(VipsError) in
                try Image.of(bytes, width: 400, height: 200, bands: channels.count)
                    .encode(.png(compression: 1, filtered: false), stripped: true).withBytes { ByteBuffer(bytes: $0) }
            }
        }
        return try Pictures.see(try await Pictures.render(bytes, "format=png&\(query)").variant)
    }

    /// Where ink is: the smallest rectangle around all that isn't white.
    private func ink(_ seen: Pictures.Seen) -> PixelRect? {
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for y in 0..<seen.height {
            for x in 0..<seen.width where seen.pixels[(y * seen.width + x) * seen.bands] < 128 {
                (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
            }
        }
        return right < 0 ? nil : PixelRect(left: left, top: top, width: right - left + 1, height: bottom - top + 1)
    }

    private func ink(_ query: String) async throws -> PixelRect {
        try #require(ink(try await see(query)), "no ink at ?\(query)")
    }

    @Test(arguments: [("nw", 0.0, 0.0), ("c", 0.5, 0.5), ("se", 1.0, 1.0), ("e", 1.0, 0.5)])
    func `Gravity and padding say where it is`(gravity: String, x: Double, y: Double) async throws {
        let place = try await ink("text=HH&text-size=40&text-padding=8&text-gravity=\(gravity)")
        #expect(abs(Double(place.left) - (8 + Double(384 - place.width) * x)) <= 1.5)
        #expect(abs(Double(place.top) - (8 + Double(184 - place.height) * y)) <= 1.5)
    }

    @Test func `Offsets count from the corner`() async throws {
        let place = try await ink("text=HH&text-size=40&text-x=100&text-y=50")
        #expect(abs(place.left - 100) <= 1 && abs(place.top - 50) <= 1)
    }

    /// A capital is 0.73 of the size in this font.
    @Test(arguments: [10, 20, 31, 33, 60, 95, 97, 150]) func `Its size is that of its letters`(size: Int) async throws {
        let place = try await ink("text=H&text-size=\(size)&text-padding=0")
        #expect(abs(Double(place.height) - 0.73 * Double(size)) <= 1.5, "\(place)")
    }

    @Test func `Each font looks different`() async throws {
        var seen: [[UInt8]] = []
        for font in CaptionFont.allCases {
            seen.append(try await see("text=Rag&text-size=60&text-font=\(font.rawValue)").pixels)
        }
        #expect(Set(seen).count == 4)
    }

    @Test func `Colour and opacity are what was asked for`() async throws {
        let query = "text=%E2%96%88&text-size=80&text-gravity=c"
        #expect(Pictures.isNear(try await see("\(query)&text-color=f00").at(0.5, 0.5), [255, 0, 0], 1))
        #expect(Pictures.isNear(try await see("\(query)&text-opacity=50").at(0.5, 0.5), [127, 127, 127], 2))
        #expect(Pictures.isNear(try await see("\(query)&text-color=%2300f8").at(0.5, 0.5), [119, 119, 255], 2))
        // A block of gray on gray stays gray; a coloured one makes it coloured.
        let gray = try await see("\(query)&text-color=gray", [255])
        #expect(gray.bands == 1 && abs(gray.at(0.5, 0.5)[0] - 128) <= 1)
        #expect(try await see("\(query)&text-color=f00", [255]).at(0.5, 0.5) == [255, 0, 0])
        let clear = try await see("\(query)&text-color=f00", [9, 9, 9, 0])
        #expect(clear.at(0.5, 0.5) == [255, 0, 0, 255] && clear.at(0.01, 0.01)[3] == 0)
        #expect(try await see("\(query)&text-color=f00", [9, 0]).at(0.5, 0.5) == [255, 0, 0, 255])
    }

    @Test func `Lines are broken at the width, and at line feeds`() async throws {
        let one = try await ink("text=mm%20mm%20mm&text-size=30")
        let three = try await ink("text=mm%20mm%20mm&text-size=30&text-w=70")
        #expect(three.width <= 70 && three.height > 2 * one.height)
        let fed = try await ink("text=mm%0Amm%0Amm&text-size=30")
        #expect(abs(fed.height - three.height) <= 1)
        // A word that is too long is broken too.
        let word = try await ink("text=mmmmmmmmmmmmmmmm&text-size=30&text-w=70")
        #expect(word.width <= 71 && word.height > 2 * one.height)
    }

    @Test func `Lines are flush to the side where the text stands`() async throws {
        let query = "text=i%0AMMMM&text-size=40&text-padding=0"
        let left = try await see("\(query)&text-gravity=nw")
        let right = try await see("\(query)&text-gravity=ne")
        let upper = { (seen: Pictures.Seen) -> [Int] in
            (0..<400).filter { x in (0..<28).contains { seen.pixels[($0 * 400 + x) * 3] < 128 } }
        }
        #expect(try #require(upper(left).max()) < 30)
        #expect(try #require(upper(right).min()) > 370)
    }

    @Test func `Markup is text`() async throws {
        let plain = try await ink("text=%3Cb%3E%26amp;%3C/b%3E&text-size=30")
        let bare = try await ink("text=%26&text-size=30")
        #expect(plain.width > 4 * bare.width)
    }

    /// Whatever it is, there is a picture; what fonts don't have is a box.
    @Test(arguments: [
        "שלום עולם", "مرحبا بالعالم", "漢字かな", "😀👩‍👩‍👧‍👦🏳️‍🌈", "\u{202E}abc\u{2066}", "e\u{301}\u{302}\u{303}\u{304}",
        "\u{E000}\u{FFFD}\u{10FFFF}", "\u{200B}\u{FEFF}", "कृष्णः", "ไทย", "﷽", "a\u{2028}b", "\u{FFFE}", "%s%n",
        "<![CDATA[",
    ])
    func `No script harms`(text: String) async throws {
        for size in [11, 40, 200] {
            let seen = try await see("text=\(PercentEncoding.encode(text))&text-size=\(size)")
            #expect((seen.width, seen.height) == (400, 200))
        }
    }

    @Test(arguments: ["W", "i", "😀", "﷽", "a\u{301}", "م", "\n"])
    func `As much text as there may be is drawn, or refused`(piece: String) async throws {
        let count = (Caption.byteCountMax - 1) / piece.utf8.count
        let text = PercentEncoding.encode("a" + String(repeating: piece, count: count))
        for query in ["text-size=4", "text-size=35&text-w=1", "text-size=30", "text-size=33"] {
            do { _ = try await see("text=\(text)&\(query)") } catch let error as RecipeError {
                #expect(error.parameter == "text")
            }
        }
    }

    @Test func `A caption is on top of an overlay`() async throws {
        let bytes = try Fixture.original("photo.jpg")
        let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(60))
        let examined = try await Pictures.renderer.examine(
            bytes, pyramid: Pyramid(), deadline: .now + .seconds(60))
        let settled = try Recipe(
            query:
                "w=200&format=png&overlay=x&overlay-w=100%&overlay-padding=0&text=%E2%96%88&text-size=60&text-color=0f0&text-gravity=c"
        ).settled(for: facts, overlay: facts)
        let source = try #require(OverlaySource(Digest(of: bytes), facts, for: settled, of: Pyramid()))
        let plan = RenderPlan.make(settled, for: facts, from: .original, overlay: source)
        let seen = try Pictures.see(
            try await Pictures.renderer.render(
                bytes, overlay: examined.levels.first { $0.place == source.level }, plan: plan,
                deadline: .now + .seconds(60)
            ).variant)
        #expect(Pictures.isNear(seen.at(0.5, 0.5), [0, 255, 0], 1))
    }
}
