package import NIOCore

/// Everything that decodes uploaded bytes. They are hostile until proven otherwise, so an adapter does it where it can be
/// stopped, and where it can do no harm.
///
/// It renders from levels too, as the other ``Renderer`` does, where what is put on the picture is a caller's text.
///
/// Each function is work of milliseconds to seconds. It doesn't return before that work has ended, and it ends it when the calling
/// task is cancelled or the deadline passes.
package protocol OriginalDecoder: Renderer {
    /// Seconds of work after which it gives a job up, however long the caller would wait.
    var jobSecondsMax: Double { get }

    /// Decodes an original whole, once: proves that it is whole, learns what it is, and makes its levels on the way.
    func examine(
        _ bytes: ByteBuffer, pyramid: Pyramid, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Examined

    /// Carries out a plan that was made for the original itself.
    /// - Parameter overlay: the level that the plan's overlay is read from; nil where it has none.
    func render(
        _ bytes: ByteBuffer, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered

    /// Reads what a camera wrote, and nothing of the picture.
    func exif(of bytes: ByteBuffer, deadline: ContinuousClock.Instant) async throws(RenderError) -> ExifFields
}

extension OriginalDecoder {
    /// A plan without an overlay.
    package func render(
        _ bytes: ByteBuffer, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        try await render(bytes, overlay: nil, plan: plan, deadline: deadline)
    }
}

/// What a full decode of an original gives.
package struct Examined: Sendable {
    package var facts: PictureFacts
    /// All levels that the pyramid asks for, largest first.
    package var levels: [Level]

    package init(facts: PictureFacts, levels: [Level]) {
        self.facts = facts
        self.levels = levels
    }
}
