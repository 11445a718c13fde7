import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// What an overlay does to pixels. Original and overlay are made of plain colours, so that each mixture is known.
@Suite(.timeLimit(.minutes(2))) struct OverlayRenderingTests {
    /// A picture of one colour, of 1 to 4 bands.
    private func plain(_ channels: [UInt8], _ width: Int, _ height: Int) throws -> ByteBuffer {
        _ = Pictures.renderer
        let pixels = (0..<width * height).flatMap { _ in channels }
        return try made(pixels, width, height, channels.count)
    }

    private func made(_ pixels: [UInt8], _ width: Int, _ height: Int, _ bands: Int) throws -> ByteBuffer {
        _ = Pictures.renderer
        return try pixels.withUnsafeBytes { bytes in
            try Vips.job { () throws(VipsError) in
                try Image.of(bytes, width: width, height: height, bands: bands)
                    .encode(.png(compression: 1, filtered: false), stripped: true).withBytes { ByteBuffer(bytes: $0) }
            }
        }
    }

    /// Both ways: from the original, as in a helper, and from a level, as in the service. They must look the same.
    private func see(_ bytes: ByteBuffer, _ overlay: ByteBuffer, _ query: String) async throws -> Pictures.Seen {
        let deadline = ContinuousClock.now + .seconds(60)
        let pyramid = Pyramid()
        let below = try await Pictures.renderer.examine(bytes, pyramid: pyramid, deadline: deadline)
        let above = try await Pictures.renderer.examine(overlay, pyramid: pyramid, deadline: deadline)
        let settled = try Recipe(query: "format=png&overlay=logo&\(query)")
            .settled(for: below.facts, overlay: above.facts)
        let source = try #require(OverlaySource(Digest(of: overlay), above.facts, for: settled, of: pyramid))
        let top = try #require(above.levels.first { $0.place == source.level })
        let direct = try await Pictures.renderer.render(
            bytes, overlay: top,
            plan: .make(settled, for: below.facts, from: .original, overlay: source), deadline: deadline)
        let seen = try Pictures.see(direct.variant)
        let base = try #require(below.levels.first)
        let levelled = try await VipsRenderer(pool: Pictures.renderer.pool).render(
            base, overlay: top,
            plan: .make(settled, for: below.facts, from: .level(base.place), overlay: source), deadline: deadline)
        let difference = visible(try Pictures.see(levelled.variant)).difference(from: visible(seen))
        #expect(difference < 2, "?\(query)")
        return seen
    }

    /// Without the colours of what is transparent.
    private func visible(_ seen: Pictures.Seen) -> Pictures.Seen {
        guard seen.bands == 2 || seen.bands == 4 else { return seen }
        let pixels = seen.pixels.enumerated().map { index, value in
            let alpha = Int(seen.pixels[index / seen.bands * seen.bands + seen.bands - 1])
            return index % seen.bands == seen.bands - 1 ? value : UInt8(Int(value) * alpha / 255)
        }
        return Pictures.Seen(
            width: seen.width, height: seen.height, bands: seen.bands, pixels: pixels, fields: seen.fields)
    }

    @Test func `An overlay covers its place and nothing else`() async throws {
        let seen = try await see(
            plain([0, 0, 200], 100, 80), plain([200, 0, 0], 20, 10), "overlay-x=30&overlay-y=40")
        #expect((seen.width, seen.height, seen.bands) == (100, 80, 3))
        for y in 0..<80 {
            for x in 0..<100 {
                let isInside = (30..<50).contains(x) && (40..<50).contains(y)
                let index = (y * 100 + x) * 3
                let pixel = seen.pixels[index..<index + 3].map(Int.init)
                #expect(Pictures.isNear(pixel, isInside ? [200, 0, 0] : [0, 0, 200], 1), "\(x),\(y): \(pixel)")
            }
        }
    }

    @Test(arguments: [
        ("overlay-gravity=nw&overlay-padding=0", 0.05, 0.05), ("overlay-gravity=center", 0.5, 0.5),
        ("overlay-padding=0", 0.95, 0.95), ("overlay-gravity=e&overlay-padding=0", 0.95, 0.5),
    ])
    func `Gravity says where it is`(query: String, u: Double, v: Double) async throws {
        let seen = try await see(plain([0, 0, 0], 100, 100), plain([255, 255, 255], 20, 20), query)
        #expect(seen.at(u, v) == [255, 255, 255])
        #expect(seen.pixels.reduce(0) { $0 + Int($1) } == 400 * 3 * 255)
    }

    @Test(
        arguments: [
            ([100, 100, 100], [200, 0, 0], "overlay-opacity=50", [150, 50, 50]),
            ([100, 100, 100], [200, 0, 0], "overlay-opacity=25", [125, 75, 75]),
            ([100, 100, 100], [200, 0, 0, 128], "", [150, 50, 50]),
            ([100, 100, 100], [200, 0, 0, 128], "overlay-opacity=50", [125, 75, 75]),
            ([100, 100, 100], [200, 0, 0, 0], "", [100, 100, 100]),
            ([101, 57, 33], [200, 0, 0], "overlay-opacity=1", [102, 56, 33]),
            ([100], [200], "overlay-opacity=50", [150]),
            ([100], [200, 128], "", [150]),
            ([100], [200, 0, 0], "", [200, 0, 0]),
            ([100, 255], [200], "", [200, 255]),
            ([100, 0], [200, 128], "", [200, 128]),
            ([9, 9, 9, 0], [200, 0, 0], "overlay-opacity=50", [200, 0, 0, 128]),
            ([0, 0, 200, 128], [200, 0, 0], "", [200, 0, 0, 255]),
            ([0, 0, 200, 128], [200], "", [200, 200, 200, 255]),
            ([100, 128], [200, 0, 0], "", [200, 0, 0, 255]),
        ] as [([UInt8], [UInt8], String, [Int])])
    func `Both kinds of transparency mix, whatever the channels`(
        base: [UInt8], overlay: [UInt8], query: String, expected: [Int]
    ) async throws {
        let seen = try await see(plain(base, 60, 60), plain(overlay, 20, 20), "overlay-gravity=c&\(query)")
        let pixel = seen.at(0.5, 0.5)
        #expect(
            pixel.count == expected.count && zip(pixel, expected).allSatisfy { abs($0 - $1) <= 2 },
            "\(pixel), not \(expected)")
        // What isn't covered keeps its very colour, and its kind.
        let corner = seen.at(0.01, 0.01)
        #expect(corner.count == expected.count)
        if base.count == expected.count, base.last != 0 {
            #expect(zip(corner, base).allSatisfy { abs($0 - Int($1)) <= 1 })
        }
    }

    @Test func `An overlay's edges show no fringe when it is made smaller or larger`() async throws {
        // A white disc; where it is transparent, black is hidden.
        let side = 64
        let pixels = (0..<side * side).flatMap { index -> [UInt8] in
            let (x, y) = (index % side - side / 2, index / side - side / 2)
            return x * x + y * y < 600 ? [255, 255, 255, 255] : [0, 0, 0, 0]
        }
        let disc = try made(pixels, side, side, 4)
        for width in [23, 150] {
            let seen = try await see(
                plain([255, 255, 255], 200, 200), disc, "overlay-w=\(width)&overlay-gravity=c&overlay-padding=0")
            #expect(seen.pixels.allSatisfy { $0 >= 252 }, "\(width): \(seen.pixels.min() ?? 0)")
        }
    }

    @Test func `An overlay is put on what the other steps have made`() async throws {
        let seen = try await see(
            plain([0, 0, 200], 100, 50), plain([200, 0, 0], 20, 20),
            "w=60&h=60&fit=pad&bg=0f0&overlay-gravity=n&overlay-padding=0&overlay-w=10")
        #expect((seen.width, seen.height) == (60, 60))
        #expect(Pictures.isNear(seen.at(0.5, 0.05), [200, 0, 0], 1))
        #expect(Pictures.isNear(seen.at(0.1, 0.05), [0, 255, 0], 1))
        #expect(Pictures.isNear(seen.at(0.5, 0.5), [0, 0, 200], 1))
    }

    @Test func `An upright overlay is put on a picture that is turned`() async throws {
        let seen = try await see(
            Fixture.original("orientation_6.jpg"), Fixture.original("orientation_8.jpg"),
            "w=240&overlay-w=120&overlay-gravity=se&overlay-padding=0")
        #expect((seen.width, seen.height) == (240, 160))
        #expect(Pictures.isNear(seen.at(0.5 + 0.15 / 2, 0.5 + 0.2 / 2), [220, 30, 30], 40))
        #expect(Pictures.isNear(seen.at(0.15, 0.2), [220, 30, 30], 40))
    }

    /// The same picture as without the border that is taken off.
    @Test(arguments: [
        "overlay-x=50%&overlay-y=50%", "w=300&upscale=1&overlay-w=50%&overlay-gravity=nw",
        "h=30&overlay-h=50%&text=Hi&text-size=10&text-gravity=nw&text-color=fff", "radius=20&overlay-gravity=n",
    ])
    func `Beside trim it is put on what is left`(query: String) async throws {
        let pixels = (0..<120 * 100).flatMap { index -> [UInt8] in
            let isBorder = !(20..<100).contains(index % 120) || !(20..<80).contains(index / 120)
            return isBorder ? [255, 255, 255] : [0, 0, 200]
        }
        let deadline = ContinuousClock.now + .seconds(60)
        let (bytes, overlay) = (try made(pixels, 120, 100, 3), try plain([200, 0, 0], 20, 10))
        let facts = try await Pictures.renderer.examine(bytes, deadline: deadline)
        let above = try await Pictures.renderer.examine(overlay, pyramid: Pyramid(), deadline: deadline)
        var seen: [Pictures.Seen] = []
        for cut in ["trim=5", "crop=20,20,80,60"] {
            let settled = try Recipe(query: "format=png&overlay=logo&\(cut)&\(query)")
                .settled(for: facts, overlay: above.facts)
            let source = try #require(
                OverlaySource(Digest(of: overlay), above.facts, for: settled, of: Pyramid()))
            let rendered = try await Pictures.renderer.render(
                bytes, overlay: above.levels.first { $0.place == source.level },
                plan: .make(settled, for: facts, from: .original, overlay: source), deadline: deadline)
            seen.append(try Pictures.see(rendered.variant))
        }
        #expect((seen[0].width, seen[0].height) == (seen[1].width, seen[1].height))
        #expect(seen[0].difference(from: seen[1]) < 0.5)
        let reds = stride(from: 0, to: seen[0].pixels.count, by: seen[0].bands).count {
            seen[0].pixels[$0] > 150 && seen[0].pixels[$0 + 1] < 50
        }
        #expect(reds > 100)
    }

    @Test func `A plan with an overlay isn't carried out without it`() async throws {
        let bytes = try plain([1, 2, 3], 40, 40)
        let settled = try Recipe(query: "overlay=logo").settled(
            for: .sample(40, 40, format: .png), overlay: .sample(9, 9))
        let source = try #require(OverlaySource(Digest(of: bytes), .sample(9, 9), for: settled, of: Pyramid()))
        let plan = RenderPlan.make(settled, for: .sample(40, 40, format: .png), from: .original, overlay: source)
        await #expect(throws: RenderError.self) {
            try await Pictures.renderer.render(bytes, plan: plan, deadline: .now + .seconds(30))
        }
        // Nor with what is no level.
        let other = Level(place: source.level, picture: Variant(bytes: ByteBuffer(string: "no picture"), format: .png))
        await #expect(throws: RenderError.self) {
            try await Pictures.renderer.render(bytes, overlay: other, plan: plan, deadline: .now + .seconds(30))
        }
    }
}
