import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

@Suite(.timeLimit(.minutes(3))) struct EncodingTests {
    private func render(_ query: String) async throws -> Variant {
        try await Pictures.render(try Fixture.original("photo.jpg"), query).variant
    }

    @Test(arguments: ["jpeg", "webp", "avif"]) func aResultFitsItsBytesAtTheBestQualityThatDoes(
        _ format: String
    ) async throws {
        let query = "w=200&format=\(format)"
        let free = try await render(query)
        let max = free.byteCount * 6 / 10
        let limited = try await render("\(query)&max-bytes=\(max)")
        #expect(limited.byteCount <= max && limited.byteCount > max * 8 / 10)
        #expect(limited.format == free.format)
        let shown = try Pictures.see(free).difference(from: try Pictures.see(limited))
        #expect(shown > 0 && shown < 12)
        // What fits anyway is what it would be without a limit.
        #expect(try await render("\(query)&max-bytes=\(free.byteCount)") == free)
    }

    @Test(arguments: ["jpeg", "webp", "png", "gif", "webp&lossless=1"]) func whatCannotFitSaysHowSmallItGets(
        _ format: String
    ) async throws {
        await #expect {
            try await render("w=200&max-bytes=400&format=\(format)")
        } throws: { error in
            guard case .resultTooLarge(let byteCount, let max) = error as? RenderError else { return false }
            return byteCount > 400 && max == 400
        }
    }

    @Test func aLosslessResultIsTakenIfItFits() async throws {
        let free = try await render("w=60&format=png")
        #expect(try await render("w=60&format=png&max-bytes=\(free.byteCount)") == free)
    }

    @Test(arguments: ["jpeg", "webp", "avif"]) func anAutomaticQualityIsNoWorseAndNoLargerThanItMust(
        _ format: String
    ) async throws {
        let query = "w=200&format=\(format)"
        let best = try Pictures.see(try await render("\(query)&q=100"))
        let auto = try await render("\(query)&q=auto")
        #expect(auto.byteCount < (try await render("\(query)&q=92")).byteCount)
        #expect(auto.byteCount > (try await render("\(query)&q=35")).byteCount)
        #expect(try Pictures.see(auto).difference(from: best) < 6)
        let limited = try await render("\(query)&q=auto&max-bytes=\(auto.byteCount * 3 / 4)")
        #expect(limited.byteCount <= auto.byteCount * 3 / 4)
    }

    /// Of a large picture a sample is searched, and the whole is encoded once or twice.
    @Test(arguments: ["jpeg", "webp", "avif"]) func aLargeResultIsFoundByASample(_ format: String) async throws {
        let query = "w=1200&h=900&fit=stretch&upscale=1&format=\(format)"
        #expect(SearchSample(of: PixelSize(width: 1200, height: 900)) != nil)
        let free = try await render(query)
        let max = free.byteCount * 6 / 10
        let limited = try await render("\(query)&max-bytes=\(max)")
        #expect(limited.byteCount <= max && limited.byteCount > max * 7 / 10, "\(limited.byteCount) of \(max)")
        #expect(try await render("\(query)&max-bytes=\(free.byteCount)") == free)
        await #expect {
            try await render("\(query)&max-bytes=400")
        } throws: {
            guard case .resultTooLarge(let byteCount, _) = $0 as? RenderError else { return false }
            return byteCount < max
        }
        // Nearly the quality that the whole would have got.
        let auto = try await render("\(query)&q=auto")
        let best = try Pictures.see(try await render("\(query)&q=100"))
        #expect(auto.byteCount < (try await render("\(query)&q=92")).byteCount)
        #expect(try Pictures.see(auto).difference(from: best) < 6)
        let both = try await render("\(query)&q=auto&max-bytes=\(auto.byteCount * 3 / 4)")
        #expect(both.byteCount <= auto.byteCount * 3 / 4)
    }

    /// A picture of noise, which no newer format makes smaller.
    @Test(arguments: [70, 90], [AcceptedFormats.avif, .webp]) func withAQualityNothingIsLargerThanAPlainJPEG(
        _ quality: Int, _ accepted: AcceptedFormats
    ) async throws {
        let noise = SampleBytes.make(160 * 160 * 3, seed: 5)
        let bytes = try noise.withUnsafeReadableBytes { pixels in
            try Vips.job { () throws(VipsError) in
                try Image.of(pixels, width: 160, height: 160, bands: 3)
                    .encode(.jpeg(quality: 95, progressive: false), stripped: true).withBytes { ByteBuffer(bytes: $0) }
            }
        }
        let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(60))
        func variant(_ query: String, _ accepted: AcceptedFormats) async throws -> Variant {
            let settled = try Recipe(query: query).settled(for: facts, accepting: accepted)
            return try await Pictures.renderer.render(
                bytes, plan: .make(settled, for: facts, from: .original), deadline: .now + .seconds(60)
            ).variant
        }
        let plain = try await variant("q=\(quality)", [])
        #expect(try await variant("q=\(quality)&format=auto", accepted).byteCount <= plain.byteCount)
    }

    /// Black on nothing: on black there would be nothing to see, and any quality would do.
    @Test func transparencyIsLookedAtOnWhiteToo() async throws {
        let noisy = try await Pictures.render(
            try Fixture.original("alpha.png"), "w=200&saturation=-100&brightness=-100&format=avif&q=auto"
        ).variant
        let worst = try await Pictures.render(
            try Fixture.original("alpha.png"), "w=200&saturation=-100&brightness=-100&format=avif&q=35"
        ).variant
        #expect(noisy.byteCount > worst.byteCount)
    }

    @Test func whatIsEasyToEncodeGetsAsManyBytesAsItNeeds() async throws {
        // A blurred picture is good enough at a low quality; what is too small to be judged gets the highest.
        let soft = try await render("w=200&blur=6&q=auto&format=jpeg")
        #expect(soft.byteCount < (try await render("w=200&blur=6&format=jpeg&q=80")).byteCount)
        #expect(try await render("w=6&q=auto&format=jpeg") == render("w=6&q=92&format=jpeg"))
    }

    @Test func allKindsOfPicturesCanBeJudged() async throws {
        for name in ["gray.jpg", "alpha.png", "palette_alpha.png", "photo.jpg"] {
            for format in ["jpeg", "webp", "avif"] {
                let variant = try await Pictures.render(
                    try Fixture.original(name), "w=64&q=auto&format=\(format)"
                ).variant
                #expect(variant.byteCount > 100, "\(name) as \(format)")
            }
        }
    }

    /// An AVIF of sixteen pixels is mostly container; a WebP without loss is more than its pixels are worth where they are two.
    @Test func whatIsTinyIsTheSmallestOfAll() async throws {
        for (name, format) in [
            ("photo.jpg", "avif,jpeg"), ("palette.png", "avif,webp,jpeg"), ("alpha.png", "avif,webp,png"),
        ] {
            for width in [4, 16, 48, 90] {
                var smallest = Int.max
                for each in format.split(separator: ",") {
                    let isExact = each == "webp" ? "&lossless=1" : ""
                    let query = "w=\(width)&format=\(each)\(isExact)"
                    smallest = min(
                        smallest, try await Pictures.render(try Fixture.original(name), query).variant.byteCount)
                }
                let variant = try await Pictures.render(try Fixture.original(name), "w=\(width)&format=\(format)")
                    .variant
                #expect(variant.byteCount == smallest, "\(name) \(width)")
            }
        }
        #expect(try await render("w=16&format=avif,jpeg").format == .jpeg)
        #expect(try await render("w=800&format=avif,jpeg").format == .avif)
    }

    @Test func ofTwoFormatsADrawingGetsTheOneWithoutLoss() async throws {
        for format in ["jpeg,png", "webp,webp", "avif,webp"] {
            let parts = format.split(separator: ",")
            let drawing = try await Pictures.render(try Fixture.original("palette.png"), "format=\(format)").variant
            let lossy = try await Pictures.render(try Fixture.original("palette.png"), "format=\(parts[0])").variant
            #expect(drawing.byteCount <= lossy.byteCount)
            #expect(drawing.format.rawValue == parts[1], "\(format)")
            let photograph = try await Pictures.render(try Fixture.original("photo.jpg"), "w=99&format=\(format)")
                .variant
            #expect(photograph == (try await render("w=99&format=\(parts[0])")), "\(format)")
        }
    }
}
