import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

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
}
