import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeEngine

/// The size that was planned is the size that is rendered: a sample of all combinations.
@Suite(.timeLimit(.minutes(5))) struct RenderedSizeTests {
    @Test(arguments: [
        "odd.jpg", "gray.jpg", "alpha.png", "orientation_3.jpg", "orientation_6.jpg", "orientation_7.jpg",
    ])
    func whatIsPlannedIsRendered(_ name: String) async throws {
        let bytes = try Fixture.original(name)
        let examined = try await Pictures.renderer.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(60))
        var random = SeededRandom(seed: 11)
        func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
        for _ in 0..<25 {
            let query = [
                pick(["", "w=1", "w=37", "w=200"]), pick(["", "h=1", "h=64", "h=150"]), pick(["", "dpr=1.5"]),
                pick(["fit=contain", "fit=cover", "fit=pad", "fit=outside", "fit=stretch"]), pick(["", "upscale=1"]),
                pick(["", "rotate=90", "rotate=180", "rotate=270", "rotate=12.5", "rotate=-80"]),
                pick(["", "flip=h", "flip=v"]), pick(["", "crop=10%,0,33%,100%"]), pick(["", "g=south", "g=smart"]),
                pick(["", "mask=circle", "radius=5,0,9,2"]), pick(["format=png", "format=jpeg", "format=webp"]),
            ].filter { !$0.isEmpty }.joined(separator: "&")
            try await Self.expectPlanned(query, of: bytes, examined, name)
        }
    }

    /// Every combination of what decides sizes, of odd-sized originals: none is refused but where `ar` has nothing to say.
    @Test(arguments: ["odd.jpg", "orientation_5.jpg", "orientation_8.jpg"])
    func everyCombinationIsRenderedAsPlanned(_ name: String) async throws {
        let bytes = try Fixture.original(name)
        let examined = try await Pictures.renderer.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(60))
        var count = 0
        for fit in ["contain", "cover", "pad", "outside", "stretch"] {
            for box in ["w=37", "h=29", "w=61&h=23", "w=23&h=61", "w=211&h=190"] {
                for ratio in ["", "&ar=3:2", "&ar=0.37"] {
                    let isCutOrPadded = (fit == "cover" || fit == "pad") && !box.contains("&")
                    guard ratio.isEmpty || isCutOrPadded else { continue }
                    for more in [
                        "", "&dpr=1.5", "&upscale=1", "&crop=7,3,41,29", "&upscale=1&dpr=2&crop=10%,20%,30%,31%",
                    ] {
                        try await Self.expectPlanned(
                            "fit=\(fit)&\(box)\(ratio)\(more)&format=png", of: bytes, examined, name)
                        count += 1
                    }
                }
            }
        }
        #expect(count == 165)
    }

    /// Both from the original and from its level, if it has one for that.
    private static func expectPlanned(
        _ query: String, of bytes: ByteBuffer, _ examined: Examined, _ name: String
    ) async throws {
        let settled = try Recipe(query: query).settled(for: examined.facts)
        let deadline = ContinuousClock.now + .seconds(60)
        let plan = RenderPlan.make(settled, for: examined.facts, from: .original)
        let direct = try await Pictures.renderer.render(bytes, plan: plan, deadline: deadline)
        #expect(try size(of: direct) == settled.size, "\(name) ?\(query)")
        guard case .level(let place) = Pyramid().source(of: settled, for: examined.facts),
            let level = examined.levels.first(where: { $0.place == place })
        else { return }
        let fromLevel = try await VipsRenderer(pool: Pictures.renderer.pool).render(
            level, plan: .make(settled, for: examined.facts, from: .level(place)), deadline: deadline)
        #expect(try size(of: fromLevel) == settled.size, "\(name) ?\(query) from a level")
    }

    private static func size(of rendered: Rendered) throws -> PixelSize {
        let seen = try Pictures.see(rendered.variant)
        return PixelSize(width: seen.width, height: seen.height)
    }
}
