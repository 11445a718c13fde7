package import NIOCore

/// Everything that decodes uploaded bytes, behind one port, so that it can move out of the process without the flow knowing.
///
/// Both functions are synchronous work of milliseconds to seconds. They don't return before that work has ended, and they end
/// it early when the calling task is cancelled or the deadline passes, as far as codecs allow.
package protocol Renderer: Sendable {
    /// Decodes an original whole, once, to prove that it is whole and to learn what it is.
    func examine(_ bytes: ByteBuffer, deadline: ContinuousClock.Instant) async throws(RenderError) -> PictureFacts

    /// Carries out a plan.
    func render(
        _ bytes: ByteBuffer, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered
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
package struct RenderTimings: Hashable, Sendable {
    /// Waiting for a thread, with the original's bytes at hand. Not part of ``total``.
    package var wait = 0.0
    /// Reading the header, and opening the decoder.
    package var open = 0.0
    /// Decoding and resampling, which run together row by row. Nil where encoding ran with them.
    package var resize: Double?
    /// Colours, cuts and encoding; where `resize` is nil, everything after the header.
    package var encode = 0.0

    package init() {}

    package var total: Double { open + (resize ?? 0) + encode }
}

/// Why there is no render.
package enum RenderError: Error, Sendable {
    /// The bytes are not an image of a format on the list.
    case unsupportedFormat
    /// The bytes can't be decoded whole. The reason is in our words and may be told; the cause is for logs.
    case undecodable(reason: String, cause: String)
    case beyondLimit(name: String, actual: Int, max: Int)
    case cancelled
    case deadlinePassed
    /// The encoder refused, or a step that doesn't depend on the original's bytes did: our own fault.
    case failed(cause: String)
}

extension AnysizeError {
    package init(_ error: RenderError) {
        self =
            switch error {
            case .unsupportedFormat: .unsupportedFormat
            case .undecodable(let reason, _): .undecodable(reason: reason)
            case .beyondLimit(let name, let actual, let max): .beyondLimit(name: name, actual: actual, max: max)
            case .cancelled: .callerGone
            case .deadlinePassed: .deadlinePassed
            case .failed(let cause): .defect(cause: cause)
            }
    }
}
