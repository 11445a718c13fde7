package import AnysizeCore

import Vips

/// Renders from levels with libvips, in this process, on the threads of a pool.
package struct VipsRenderer: Renderer {
    private let pool: RenderPool

    package init(pool: RenderPool) { self.pool = pool }

    package func render(
        _ level: Level, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        var plan = plan
        plan.input = level.picture.format
        let job = plan
        let asked = ContinuousClock.now
        return try await watched(deadline) { watch throws(RenderError) in
            let waitSeconds = (ContinuousClock.now - asked).seconds
            var rendered = try RenderJob(plan: job, limits: HeaderLimits(), watch: watch).run(level.picture.bytes)
            rendered.timings.wait = waitSeconds
            return rendered
        }
    }

    /// Runs a job that stops, as far as its codec lets it, when the task is cancelled or the deadline passes.
    private func watched<Value: Sendable>(
        _ deadline: ContinuousClock.Instant,
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
