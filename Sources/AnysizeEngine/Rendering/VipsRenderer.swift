package import AnysizeCore
package import NIOCore

import Vips

/// Renders and examines with libvips, in this process, on the threads of a pool.
package struct VipsRenderer: Renderer {
    private let renders: RenderPool
    private let examinations: RenderPool
    private let limits: HeaderLimits

    /// - Parameters:
    ///   - renders: where variants are made.
    ///   - examinations: where uploads are looked at; other threads, so that neither waits for the other.
    package init(renders: RenderPool, examinations: RenderPool, limits: HeaderLimits) {
        self.renders = renders
        self.examinations = examinations
        self.limits = limits
    }

    /// With one pool for both.
    package init(pool: RenderPool, limits: HeaderLimits) {
        self.init(renders: pool, examinations: pool, limits: limits)
    }

    package func examine(
        _ bytes: ByteBuffer, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> PictureFacts {
        try await watched(deadline, on: examinations) { watch throws(RenderError) in
            try Examination(limits: limits, watch: watch).facts(of: bytes)
        }
    }

    package func render(
        _ bytes: ByteBuffer, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        let asked = ContinuousClock.now
        return try await watched(deadline, on: renders) { watch throws(RenderError) in
            let waitSeconds = (ContinuousClock.now - asked).seconds
            var rendered = try RenderJob(plan: plan, limits: limits, watch: watch).run(bytes)
            rendered.timings.wait = waitSeconds
            return rendered
        }
    }

    /// Runs a job that stops, as far as its codec lets it, when the task is cancelled or the deadline passes.
    private func watched<Value: Sendable>(
        _ deadline: ContinuousClock.Instant, on pool: RenderPool,
        _ job: @escaping @Sendable (Watch) throws(RenderError) -> Value
    ) async throws(RenderError) -> Value {
        let watch = Watch(deadline: deadline)
        let result: Result<Value, RenderError> = await withTaskCancellationHandler {
            do throws(RenderError) {
                return .success(
                    try await pool.run { () throws(RenderError) in
                        // Nobody waits any more, or it is too late: not even started.
                        try RenderError.check(watch)
                        return try job(watch)
                    }
                )
            } catch { return .failure(error) }
        } onCancel: {
            watch.cancel()
        }
        return try result.get()
    }
}

extension RenderError {
    /// Throws where the watch has stopped the work.
    static func check(_ watch: Watch) throws(RenderError) {
        switch watch.reason {
        case .none: return
        case .cancelled: throw .cancelled
        case .deadline: throw .deadlinePassed
        }
    }

    /// What a failed look at an original's own bytes means: the watch's doing, or the bytes' fault.
    static func reading(_ error: VipsError, _ watch: Watch) -> RenderError {
        switch watch.reason {
        case .cancelled: .cancelled
        case .deadline: .deadlinePassed
        case .none: .undecodable(reason: "The image is damaged or incomplete.", cause: error.description)
        }
    }

    /// What a failed step on sound pixels means: the watch's doing, or our own fault.
    static func working(_ error: VipsError, _ watch: Watch) -> RenderError {
        switch watch.reason {
        case .cancelled: .cancelled
        case .deadline: .deadlinePassed
        case .none: .failed(cause: error.description)
        }
    }

    init(_ error: HeaderError) {
        self =
            switch error {
            case .unsupportedFormat: .unsupportedFormat
            case .truncated: .undecodable(reason: "The image is incomplete.", cause: "truncated header")
            case .malformed(let fault): .undecodable(reason: "The image \(fault.rawValue).", cause: "header")
            case .limit(let limit, let actual, let allowed):
                .beyondLimit(name: limit.rawValue, actual: actual, max: allowed)
            }
    }
}

extension ImageFormat {
    /// The libvips loader that reads it.
    var loader: Loader {
        switch self {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .gif: .gif
        case .avif, .heic: .heif
        }
    }
}
