import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// Borders in pixels.
@Suite(.timeLimit(.minutes(3))) struct TrimRenderingTests {
    @Test func aPaddedPictureComesOutAsItWas() async throws {
        for (name, colour) in [
            ("photo.jpg", "ffffff"), ("gray.jpg", "102030"), ("alpha.png", "transparent"), ("rgb16.png", "0f0"),
        ] {
            let plain = try await Pictures.see(name, "w=120&h=80&fit=stretch&format=png&upscale=1")
            let padded = try await Pictures.render(
                try Fixture.original(name), "w=120&h=80&fit=stretch&format=png&upscale=1")
            let framed = try await Pictures.render(
                padded.variant.bytes, "w=200&h=80&fit=pad&bg=\(colour)&format=png&upscale=1")
            let trimmed = try Pictures.see(try await Pictures.render(framed.variant.bytes, "trim=0").variant)
            #expect(trimmed.height <= 80)
            #expect(trimmed.width <= 120, "\(name)")
            if name == "photo.jpg" || name == "gray.jpg" {
                #expect((trimmed.width, trimmed.height) == (120, 80), "\(name)")
                if name == "photo.jpg" { #expect(trimmed.pixels == plain.pixels) }
            }
        }
    }

    @Test(arguments: 1...8) func bordersAreFoundWhateverTheOrientation(_ exif: Int) async throws {
        // The red square with some sky around, which is uniform enough for a wide tolerance.
        let upright = try await Pictures.see("orientation_1.jpg", "crop=10,10,50,50&trim=110&format=png")
        let seen = try await Pictures.see("orientation_\(exif).jpg", "crop=10,10,50,50&trim=110&format=png")
        #expect(abs(seen.width - upright.width) <= 2 && abs(seen.height - upright.height) <= 2)
        #expect(upright.width < 50 && upright.height < 50)
        #expect(Pictures.isNear(seen.at(0.5, 0.5), [220, 30, 30], 30))
    }

    @Test func toleranceDecidesWhatIsBorder() async throws {
        let strict = try await Pictures.see("orientation_1.jpg", "crop=10,10,50,50&trim=0&format=png")
        let loose = try await Pictures.see("orientation_1.jpg", "crop=10,10,50,50&trim=110&format=png")
        #expect(loose.width < strict.width)
        let all = try await Pictures.see("orientation_1.jpg", "crop=10,10,50,50&trim=255&format=png")
        #expect((all.width, all.height) == (50, 50), "nothing but border stays as it is")
    }

    @Test func theSearchSeesEveryPixelOnce() {
        // 6 by 4, border 9, one pixel of picture at 2,1 and one at 4,2.
        var rows = [[UInt8]](repeating: [9, 9, 9, 9, 9, 9], count: 4)
        rows[1][2] = 20
        rows[2][4] = 30
        func search(_ area: PixelRect, _ tolerance: Int) -> PixelRect {
            var search = BorderSearch(area: area, colour: [9], hasAlpha: false, tolerance: tolerance)
            for y in 0..<4 { rows[y].withUnsafeBytes { search.add(row: y, $0) } }
            return search.rest
        }
        let whole = PixelRect(left: 0, top: 0, width: 6, height: 4)
        #expect(search(whole, 0) == PixelRect(left: 2, top: 1, width: 3, height: 2))
        #expect(search(whole, 11) == PixelRect(left: 4, top: 2, width: 1, height: 1))
        #expect(search(whole, 21) == whole)
        #expect(
            search(PixelRect(left: 0, top: 0, width: 4, height: 4), 0)
                == PixelRect(left: 2, top: 1, width: 1, height: 1))
        // Clear pixels are alike whatever colour hides in them.
        var clear = BorderSearch(
            area: PixelRect(left: 0, top: 0, width: 3, height: 1), colour: [0, 0], hasAlpha: true, tolerance: 2)
        [UInt8]([200, 0, 255, 255, 100, 2]).withUnsafeBytes { clear.add(row: 0, $0) }
        #expect(clear.rest == PixelRect(left: 1, top: 0, width: 1, height: 1))
    }
}
