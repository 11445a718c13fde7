import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// Levels as they come out of real originals, and what is rendered from them.
@Suite(.timeLimit(.minutes(3))) struct LevelTests {
    private let pyramid = Pyramid(sideMax: 512)

    private func examined(_ name: String) async throws -> Examined {
        try await Pictures.renderer.examine(
            try Fixture.original(name), pyramid: pyramid, deadline: .now + .seconds(60))
    }

    @Test(arguments: try Fixture.originalNames())
    func everyOriginalHasAllOfItsLevelsAtTheirSizes(_ name: String) async throws {
        let examined = try await examined(name)
        #expect(examined.levels.map(\.place) == pyramid.levels(of: examined.facts.size))
        for level in examined.levels {
            let seen = try Pictures.see(level.picture)
            #expect(PixelSize(width: seen.width, height: seen.height) == level.place.size)
            #expect(seen.bands == (examined.facts.isGray ? 1 : 3) + (examined.facts.hasAlpha ? 1 : 0))
            #expect(level.picture.format == .jpeg || level.picture.format == .png)
            #expect(!seen.fields.contains { $0.hasPrefix("exif") || $0.hasPrefix("icc") })
        }
        // The facts don't depend on whether there are levels.
        let plain = try await Pictures.renderer.examine(try Fixture.original(name), deadline: .now + .seconds(60))
        #expect(plain.size == examined.facts.size && plain.orientation == examined.facts.orientation)
    }

    @Test(arguments: try Fixture.originalNames())
    func aRenderFromALevelShowsWhatOneFromTheOriginalShows(_ name: String) async throws {
        let bytes = try Fixture.original(name)
        let examined = try await examined(name)
        for query in ["w=100", "w=90&h=90&fit=cover", "w=120&h=60&fit=pad&bg=fff", "crop=10%,10%,80%,80%&w=64"] {
            let settled = try Recipe(query: "\(query)&format=png").settled(for: examined.facts)
            guard case .level(let place) = pyramid.source(of: settled, for: examined.facts) else { continue }
            let level = try #require(examined.levels.first { $0.place == place })
            let plan = RenderPlan.make(settled, for: examined.facts, from: .level(place))
            let rendered = try await VipsRenderer(pool: Pictures.renderer.pool)
                .render(level, plan: plan, deadline: .now + .seconds(60))
            let seen = try Pictures.see(rendered.variant)
            #expect(PixelSize(width: seen.width, height: seen.height) == settled.size)
            let direct = try await Pictures.renderer.render(
                bytes, plan: .make(settled, for: examined.facts, from: .original), deadline: .now + .seconds(60))
            #expect(try Pictures.see(direct.variant).difference(from: seen) < 8, "\(name) ?\(query)")
        }
    }

    @Test func allEightOrientationsHaveTheSameLevels() async throws {
        let names = try Fixture.originalNames().filter { $0.hasPrefix("orientation_") && $0.hasSuffix(".jpg") }
        #expect(names.count == 8)
        let upright = try Pictures.see(try #require(try await examined(names[0]).levels.last).picture)
        for name in names {
            let level = try #require(try await examined(name).levels.last)
            #expect(try Pictures.see(level.picture).difference(from: upright) < 6, "\(name)")
        }
    }

    @Test func aTruncatedOriginalHasNoLevels() async throws {
        let bytes = try Fixture.original("photo.jpg")
        let cut = bytes.getSlice(at: 0, length: bytes.readableBytes / 2) ?? bytes
        await #expect(throws: RenderError.self) {
            try await Pictures.renderer.examine(cut, pyramid: pyramid, deadline: .now + .seconds(60))
        }
    }

    @Test func drawingsAreKeptWithoutLossAndPhotographsNearly() async throws {
        let drawing = try #require(try await examined("palette.png").levels.first)
        #expect(drawing.picture.format == .png)
        let photograph = try #require(try await examined("photo.jpg").levels.first)
        #expect(photograph.picture.format == .jpeg)
    }
}
