import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import NIOCore
import Testing
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Serialized because each file has a deadline of its own, and all share two render threads.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ExaminationTests {
    struct Expectation: CustomTestStringConvertible {
        let name: String
        let format: ImageFormat
        let size: (Int, Int)
        var pages = 1
        var alpha = false
        var gray = false
        var depth = 8
        var profile: Bool = false
        var testDescription: String { name }
    }

    @Test(arguments: [
        Expectation(name: "photo.jpg", format: .jpeg, size: (1600, 1067)),
        Expectation(name: "orientation_6.jpg", format: .jpeg, size: (240, 160)),
        Expectation(name: "orientation_6.webp", format: .webp, size: (240, 160)),
        Expectation(name: "gray.jpg", format: .jpeg, size: (480, 320), gray: true),
        Expectation(name: "gray16.png", format: .png, size: (240, 160), gray: true, depth: 16),
        Expectation(name: "rgb16.png", format: .png, size: (240, 160), depth: 16),
        Expectation(name: "alpha.png", format: .png, size: (240, 160), alpha: true),
        Expectation(name: "palette_alpha.png", format: .png, size: (240, 160), alpha: true),
        Expectation(name: "animated.gif", format: .gif, size: (120, 80), pages: 5),
        Expectation(name: "animated.webp", format: .webp, size: (120, 80), pages: 5),
        Expectation(name: "photo.avif", format: .avif, size: (480, 320)),
        Expectation(name: "photo12.avif", format: .avif, size: (240, 160), depth: 16),
        Expectation(name: "photo.heic", format: .heic, size: (480, 320)),
        Expectation(name: "p3.jpg", format: .jpeg, size: (480, 320), profile: true),
        Expectation(name: "cmyk.jpg", format: .jpeg, size: (480, 320), profile: true),
        Expectation(name: "tall.png", format: .png, size: (1, 16000)),
    ])
    func factsAreThoseOfThePicture(_ expected: Expectation) async throws {
        let facts = try await Pictures.renderer.examine(
            try Fixture.original(expected.name), deadline: .now + .seconds(30))
        #expect(facts.format == expected.format)
        #expect((facts.width, facts.height) == expected.size)
        #expect(facts.pageCount == expected.pages)
        if expected.format != .webp { #expect(facts.hasAlpha == expected.alpha) }
        #expect(facts.isGray == expected.gray)
        #expect(facts.bitDepth == expected.depth)
        #expect((facts.profile != nil) == expected.profile, "\(facts.profile ?? "none")")
        #expect(facts.dominantColor.count == 7 && facts.dominantColor.hasPrefix("#"))
        #expect(facts.blurHash.count >= 6)
        #expect(!facts.thumbHash.isEmpty)
        #expect(facts.palette.map { (1...6).contains($0.entries.count) } == true)
        let preview = try #require(facts.preview.flatMap { Data(base64Encoded: $0) })
        #expect((1...PictureFacts.previewByteCountMax).contains(preview.count))
    }

    /// In few colours and at 32 pixels, everything looks a little different.
    @Test(arguments: ["photo.jpg", "orientation_6.jpg", "gray16.png", "cmyk.jpg", "alpha.png", "p3.png"])
    func thePreviewIsASmallPictureOfTheSame(_ name: String) async throws {
        let facts = try await Pictures.renderer.examine(
            try Fixture.original(name), pyramid: Pyramid(), deadline: .now + .seconds(30)
        ).facts
        let preview = try #require(facts.preview.flatMap { Data(base64Encoded: $0) })
        let small = try await Pictures.renderer.examine(ByteBuffer(bytes: preview), deadline: .now + .seconds(30))
        #expect(small.format == .webp && max(small.width, small.height) == 32)
        #expect(abs(Double(small.width) / 32 - Double(facts.width) / Double(max(facts.width, facts.height))) < 0.02)
        func middle(_ facts: PictureFacts) throws -> [Double] {
            let entries = try #require(facts.palette).entries
            let total = Double(entries.reduce(0) { $0 + $1.thousandths })
            return try (0..<3).map { channel in
                try entries.reduce(0) { sum, entry in
                    let bytes = try #require(Hex.decode(String(entry.color.dropFirst())))
                    return sum + Double(bytes[channel]) * Double(entry.thousandths) / total
                }
            }
        }
        for (first, second) in zip(try middle(facts), try middle(small)) { #expect(abs(first - second) < 16) }
    }

    @Test(arguments: try Fixture.hostileNames()) func hostileFilesAreRefusedOrHarmless(_ name: String) async throws {
        let bytes = try Fixture.hostile(name)
        let start = ContinuousClock.now
        do throws(RenderError) {
            let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(10))
            let harmless = [
                "payload_", "polyglot_", "lying_jpeg", "lying_png", "bomb_png_text", "avif_tiles.avif",
                "bomb_gif_canvas",
            ]
            #expect(harmless.contains { name.hasPrefix($0) }, "accepted as \(facts.width)x\(facts.height)")
            guard let settled = try? Recipe(query: "w=64&format=png").settled(for: facts) else { return }
            let plan = RenderPlan.make(settled, for: facts, from: .original)
            let variant = try await Pictures.renderer.render(bytes, plan: plan, deadline: .now + .seconds(10)).variant
            let text = String(decoding: variant.bytes.readableBytesView, as: UTF8.self)
            for payload in ["ANYSIZE-PAYLOAD", "<script", "<?php"] { #expect(!text.contains(payload)) }
        } catch {
            switch error {
            case .unsupportedFormat, .formatIsOff, .undecodable, .beyondLimit: break
            case .cancelled, .deadlinePassed, .failed, .fatal, .unavailable, .resultTooLarge: Issue.record("\(error)")
            }
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func truncatedFilesAreRefusedByOnePolicy() async throws {
        for name in try Fixture.hostileNames() where name.hasPrefix("truncated_") {
            await #expect {
                try await Pictures.renderer.examine(try Fixture.hostile(name), deadline: .now + .seconds(60))
            } throws: { error in
                if case .undecodable = error as? RenderError { true } else { false }
            }
        }
    }

    @Test func theBuiltInSamplesAreSound() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        let png = try await Pictures.renderer.examine(SamplePicture.png, deadline: deadline)
        #expect((png.format, png.width, png.height) == (.png, 16, 8))
        let heic = try await Pictures.renderer.examine(#require(SamplePicture.readOnly(.heic)), deadline: deadline)
        #expect((heic.format, heic.width, heic.height) == (.heic, 64, 64))
        for format in ImageFormat.allCases where format.isOutput && format != .png {
            let result = await VipsSelfCheck.roundTrip(format, with: Pictures.renderer, sample: SamplePicture.png)
            #expect(result == (true, true), "\(format)")
        }
    }
}
