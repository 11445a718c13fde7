import AnysizeCore
import AnysizeTesting
import Testing
import Vips

@testable import AnysizeEngine

/// What each adjustment does to pixels, on the way from an original and from a level.
@Suite(.timeLimit(.minutes(3))) struct AdjustedRenderTests {
    private func mean(_ seen: Pictures.Seen, _ channel: Int = 0) -> Double {
        let values = stride(from: channel, to: seen.pixels.count, by: seen.bands).map { Double(seen.pixels[$0]) }
        return values.reduce(0, +) / Double(values.count)
    }

    /// Mean distance of neighbours along rows.
    private func roughness(_ seen: Pictures.Seen) -> Double {
        var sum = 0.0
        for index in seen.bands..<seen.pixels.count {
            sum += Double(abs(Int(seen.pixels[index]) - Int(seen.pixels[index - seen.bands])))
        }
        return sum / Double(seen.pixels.count)
    }

    private func see(_ query: String, _ name: String = "photo.jpg") async throws -> Pictures.Seen {
        try await Pictures.see(name, "w=160&format=png&" + query)
    }

    @Test func brightnessContrastAndGammaMoveTheScale() async throws {
        let plain = try await see("q=80")
        #expect(mean(try await see("brightness=30")) > mean(plain) + 10)
        #expect(mean(try await see("brightness=-100")) == 0)
        #expect(mean(try await see("gamma=2")) > mean(plain) + 10)
        #expect(mean(try await see("gamma=0.5")) < mean(plain) - 10)
        #expect(roughness(try await see("contrast=50")) > roughness(plain) * 1.2)
        #expect(try await see("contrast=-100").pixels.allSatisfy { $0 == 128 })
    }

    @Test func huesTurnAndSaturationFades() async throws {
        // The landscape's red square.
        let red = try await see("hue=0").at(0.15, 0.20)
        let turned = try await see("hue=120").at(0.15, 0.20)
        #expect(red[0] > red[1] + 100 && turned[1] > turned[0])
        let pale = try await see("saturation=-100").at(0.15, 0.20)
        #expect(pale.max()! - pale.min()! <= 2)
    }

    @Test func grayscaleTintAndInvert() async throws {
        #expect(try await see("grayscale=1").bands == 1)
        let tinted = try await see("tint=00f")
        #expect(mean(tinted, 2) > mean(tinted, 0) + 20)
        let plain = try await see("q=80")
        let inverted = try await see("invert=1")
        #expect(zip(plain.pixels, inverted.pixels).allSatisfy { Int($0) + Int($1) == 255 })
    }

    @Test func blurSharpenAndPixelate() async throws {
        let plain = roughness(try await see("q=80"))
        let soft = roughness(try await see("blur=2"))
        let softer = roughness(try await see("blur=12"))
        #expect(soft < plain * 0.7 && softer < soft * 0.7)
        #expect(roughness(try await see("sharpen=60")) > plain * 1.3)
        let squares = try await see("pixelate=16")
        #expect(squares.at(0.01, 0.01) == squares.at(0.09, 0.09))
        let twice = try await Pictures.see("photo.jpg", "w=80&dpr=2&format=png&pixelate=8&blur=1")
        #expect(twice.pixels == (try await see("pixelate=16&blur=2")).pixels)
    }

    @Test func edgesOfTransparencyHaveNoFringe() async throws {
        for query in ["blur=1.5", "blur=8", "sharpen=80", "pixelate=5", "brightness=10"] {
            let seen = try await see(query, "alpha.png")
            #expect(seen.bands == 4)
            for index in stride(from: 0, to: seen.pixels.count, by: 4) where seen.pixels[index + 3] > 24 {
                #expect(seen.pixels[index] <= seen.pixels[index + 1], "a magenta fringe, ?\(query)")
            }
        }
    }

    private static let every =
        "brightness=5&contrast=5&saturation=20&hue=30&gamma=1.2&invert=1&blur=1&sharpen=20&pixelate=2"

    /// One band, two, three and four; the same from a level as from the original.
    @Test(arguments: [
        "gray.jpg", "gray16.png", "alpha.png", "palette_alpha.png", "photo.jpg", "cmyk.jpg", "photo.webp",
    ])
    func everyKindOfPictureTakesAllOfThem(_ name: String) async throws {
        let bytes = try Fixture.original(name)
        let pyramid = Pyramid(sideMax: 512)
        let examined = try await Pictures.renderer.examine(bytes, pyramid: pyramid, deadline: .now + .seconds(60))
        for extra in ["", "&grayscale=1", "&tint=red", "&grayscale=1&tint=%2380c0", "&fit=pad&h=90&bg=red"] {
            for format in ["png", "jpeg", "webp"] {
                let settled = try Recipe(query: "w=48&format=\(format)&\(Self.every)\(extra)")
                    .settled(for: examined.facts)
                guard case .level(let place) = pyramid.source(of: settled, for: examined.facts) else {
                    Issue.record("\(name) has no level for 48 pixels")
                    continue
                }
                let level = try #require(examined.levels.first { $0.place == place })
                let reduced = try await VipsRenderer(pool: Pictures.renderer.pool).render(
                    level, plan: .make(settled, for: examined.facts, from: .level(place)),
                    deadline: .now + .seconds(60))
                let direct = try await Pictures.renderer.render(
                    bytes, plan: .make(settled, for: examined.facts, from: .original), deadline: .now + .seconds(60))
                let seen = try Pictures.see(reduced.variant)
                #expect(PixelSize(width: seen.width, height: seen.height) == settled.size)
                #expect(try Pictures.see(direct.variant).difference(from: seen) < 14, "\(name) \(format) \(extra)")
            }
        }
    }

    @Test func keptMetadataStaysThroughAdjustments() async throws {
        let seen = try await Pictures.see("photo.jpg", "w=64&format=jpeg&metadata=keep&grayscale=1&blur=1")
        #expect(seen.bands == 1)
        #expect(seen.fields.contains("exif-ifd0-Copyright"))
    }
}
