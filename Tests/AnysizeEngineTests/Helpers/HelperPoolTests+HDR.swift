import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeEngine

/// Pictures of other projects, through real helpers, where that test data is there.
extension HelperPoolTests {
    private func seen(_ bytes: ByteBuffer, _ query: String, _ decoder: HelperDecoder) async throws -> (
        picture: Pictures.Seen, facts: PictureFacts
    ) {
        let deadline = ContinuousClock.now + .seconds(120)
        let facts = try await decoder.examine(bytes, pyramid: Pyramid(), deadline: deadline).facts
        let plan = RenderPlan.make(try Recipe(query: query).settled(for: facts), for: facts, from: .original)
        let variant = try await decoder.render(bytes, plan: plan, deadline: deadline).variant
        return (try Pictures.see(variant), facts)
    }

    private func labs(_ picture: Pictures.Seen) -> [[Double]] {
        stride(from: 0, to: picture.pixels.count, by: picture.bands).map { start in
            ColourTests.lab((0..<3).map { Double(picture.pixels[start + $0]) / 255 })
        }
    }

    /// One picture, and versions of it in HDR that are up to two and a half times as bright (500 cd/m²), or have more colours.
    /// They can't look the same, but light and colourful they must be. Untouched, they were 30 to 48 away.
    @Test(.enabled(if: Fixture.shared("formats/libavif/colors_hdr_rec2020.avif") != nil))
    func hdrLooksLikeItsOrdinaryVersion() async throws {
        let cases: [(name: String, like: String, profile: String, distance: Double)] = [
            ("colors_hdr_rec2020", "colors_sdr_srgb", "Rec. 2100 PQ", 10),
            ("colors_hdr_p3", "colors_sdr_srgb", "Display P3 PQ", 10),
            ("colors_hdr_srgb", "colors_sdr_srgb", "Rec. 709 PQ", 10),
            ("colors_wcg_hdr_rec2020", "colors_sdr_srgb", "Rec. 2100 PQ", 16),
            ("colors_text_wcg_sdr_rec2020", "colors_text_sdr_srgb", "Rec. 2020 linear", 11),
        ]
        try await withPool(jobs: 1) { _, decoder in
            for test in cases {
                let bytes = try #require(Fixture.shared("formats/libavif/\(test.name).avif"))
                let like = try #require(Fixture.shared("formats/libavif/\(test.like).avif"))
                let (picture, facts) = try await seen(bytes, "format=png", decoder)
                #expect(facts.profile == test.profile)
                let (first, second) = (labs(picture), labs(try await seen(like, "format=png", decoder).picture))
                try #require(first.count == second.count)
                let count = Double(first.count)
                let distance = zip(first, second).reduce(0) { $0 + ColourTests.distance($1.0, $1.1) } / count
                #expect(distance < test.distance, "\(test.name): mean delta E")
                func chroma(_ labs: [[Double]]) -> Double {
                    labs.reduce(0) { $0 + ($1[1] * $1[1] + $1[2] * $1[2]).squareRoot() } / count
                }
                #expect(chroma(first) > 0.95 * chroma(second), "\(test.name): gray")
                print("\(test.name): mean delta E \(distance), chroma \(chroma(first)) of \(chroma(second))")
            }
        }
    }

    /// Two pictures in one JPEG: the ordinary one, and a map for making it brighter. The ordinary one is shown.
    @Test(.enabled(if: Fixture.shared("photos/dev/cam_ultrahdr_gainmap.jpg") != nil))
    func ofAnUltraHDRPhotographTheOrdinaryPictureIsShown() async throws {
        let bytes = try #require(Fixture.shared("photos/dev/cam_ultrahdr_gainmap.jpg"))
        let all = [UInt8](bytes.readableBytesView)
        let seam = try #require((0..<all.count - 4).last { all[$0...].starts(with: [0xFF, 0xD9, 0xFF, 0xD8]) })
        let first = ByteBuffer(bytes: all[...(seam + 1)])
        try #require(first.readableBytes < all.count - 10_000)
        try await withPool(jobs: 1) { _, decoder in
            let whole = try await seen(bytes, "w=320&format=png", decoder)
            let alone = try await seen(first, "w=320&format=png", decoder)
            #expect((whole.facts.width, whole.facts.height) == (3840, 2160))
            #expect(whole.picture.pixels == alone.picture.pixels)
        }
    }

    /// The same in AVIF, whose map is an item of its own. Of these the base is HDR, and the map and what it leads to aren't.
    @Test(.enabled(if: Fixture.shared("formats/libavif/color_grid_gainmap_different_grid.avif") != nil))
    func ofAnAVIFWithAGainMapTheBaseIsShownInItsColours() async throws {
        try await withPool(jobs: 1) { _, decoder in
            for name in [
                "color_grid_gainmap_different_grid", "color_grid_alpha_grid_gainmap_nogrid",
                "color_nogrid_alpha_nogrid_gainmap_grid", "supported_gainmap_writer_version_with_extra_bytes",
            ] {
                let bytes = try #require(Fixture.shared("formats/libavif/\(name).avif"))
                #expect(try await seen(bytes, "w=64&format=png", decoder).facts.profile == "Rec. 709 PQ", "\(name)")
            }
        }
    }
}
