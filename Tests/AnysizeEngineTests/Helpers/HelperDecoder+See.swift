import AnysizeCore
import NIOCore

@testable import AnysizeEngine

/// Runs a test with one helper that decodes these formats besides the usual ones.
func withDecoder<Value>(
    _ formats: [ImageFormat] = ImageFormat.extra, _ work: (HelperDecoder) async throws -> Value
) async throws -> Value {
    try await HelperPoolTests().withPool(jobs: 1) {
        $0.extraFormats = formats
    } _: { _, decoder in
        try await work(decoder)
    }
}

extension HelperDecoder {
    /// Examines an original, and renders it from its own bytes.
    func see(_ bytes: ByteBuffer, _ query: String) async throws -> (seen: Pictures.Seen, facts: PictureFacts) {
        let deadline = ContinuousClock.now + .seconds(60)
        let facts = try await examine(bytes, pyramid: Pyramid(), deadline: deadline).facts
        let settled = try Recipe(query: query).settled(for: facts)
        let plan = RenderPlan.make(settled, for: facts, from: .original)
        return (try Pictures.see(try await render(bytes, plan: plan, deadline: deadline).variant), facts)
    }
}
