/// Makes variants of levels, which Anysize has encoded itself. Nothing that was uploaded reaches it: see ``OriginalDecoder``.
///
/// Work of milliseconds to seconds. It doesn't return before that work has ended, and it ends it early when the calling task is
/// cancelled or the deadline passes, as far as codecs allow.
package protocol Renderer: Sendable {
    /// Carries out a plan that was made for that level.
    /// - Parameter overlay: the level that the plan's overlay is read from; nil where it has none.
    func render(
        _ level: Level, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered
}

extension Renderer {
    /// A plan without an overlay.
    package func render(
        _ level: Level, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        try await render(level, overlay: nil, plan: plan, deadline: deadline)
    }
}

/// A finished render and what it cost.
package struct Rendered: Sendable {
    package var variant: Variant
    package var timings: RenderTimings

    package init(variant: Variant, timings: RenderTimings) {
        self.variant = variant
        self.timings = timings
    }
}

/// Where the time of a render went, in seconds.
package struct RenderTimings: Hashable, Sendable, Codable {
    /// Waiting for a thread or a helper, with the bytes at hand. Not part of ``total``.
    package var wait = 0.0
    /// Reading the header, and opening the decoder.
    package var open = 0.0
    /// Decoding and resampling, which run together row by row. Nil where encoding ran with them.
    package var resize: Double?
    /// Colours, cuts and encoding; where `resize` is nil, everything after the header.
    package var encode = 0.0

    package init() {}

    package var total: Double { open + (resize ?? 0) + encode }

    /// Whether each is a time that a job can have taken.
    package var isPlausible: Bool { [wait, open, resize ?? 0, encode].allSatisfy { (0...86_400).contains($0) } }
}
