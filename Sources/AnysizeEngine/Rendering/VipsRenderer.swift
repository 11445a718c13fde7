package import AnysizeCore

import Vips

/// Renders from levels with libvips, in this process, on the threads of a pool.
package struct VipsRenderer: Renderer {
    /// What the service has encoded itself may be larger than an upload; its pixels are bounded by the setting of the pyramid.
    static let levelLimits = HeaderLimits(byteCountMax: 1_000_000_000)

    private let pool: RenderPool

    package init(pool: RenderPool) { self.pool = pool }

    package func render(
        _ level: Level, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        var plan = plan.reading(overlay)
        plan.input = level.picture.format
        let job = plan
        let asked = ContinuousClock.now
        return try await pool.run(until: deadline) { watch throws(RenderError) in
            let waitSeconds = (ContinuousClock.now - asked).seconds
            var rendered = try RenderJob(plan: job, limits: Self.levelLimits, watch: watch)
                .run(level.picture.bytes, overlay: overlay?.picture.bytes)
            rendered.timings.wait = waitSeconds
            return rendered
        }
    }
}
