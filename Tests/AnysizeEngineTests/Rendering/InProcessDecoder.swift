import AnysizeCore
import NIOCore
import Vips

@testable import AnysizeEngine

/// What helpers do, done here: for tests of pixels, which need no process. Tests of helpers are elsewhere.
struct InProcessDecoder: OriginalDecoder {
    let pool: RenderPool
    let limits: HeaderLimits
    let jobSecondsMax = Double.infinity

    func examine(
        _ bytes: ByteBuffer, pyramid: Pyramid, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Examined {
        let limits = limits
        return try await pool.run(until: deadline) { watch throws(RenderError) in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32_000_000, alignment: 64)
            defer { memory.deallocate() }
            let (facts, pixels) = try bytes.withUnsafeReadableBytes { (bytes) throws(RenderError) in
                try Examination(limits: limits, pyramid: pyramid, watch: watch).run(bytes, into: memory)
            }
            do throws(VipsError) {
                var levels: [Level] = []
                for level in pixels {
                    let part = UnsafeRawBufferPointer(memory.part(level))
                    let picture = try LevelEncoder.encode(
                        part, size: level.place.size, bands: level.bands, original: facts.format)
                    levels.append(Level(place: level.place, picture: picture))
                }
                return Examined(facts: facts, levels: levels)
            } catch { throw .failed(cause: error.description) }
        }
    }

    func exif(of bytes: ByteBuffer, deadline: ContinuousClock.Instant) async throws(RenderError) -> ExifFields {
        let limits = limits
        return try await pool.run(until: deadline) { watch throws(RenderError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(RenderError) in
                try ExifReading(limits: limits, watch: watch).run(bytes)
            }
        }
    }

    /// The facts alone.
    func examine(_ bytes: ByteBuffer, deadline: ContinuousClock.Instant) async throws(RenderError) -> PictureFacts {
        try await examine(bytes, pyramid: Pyramid(isEnabled: false), deadline: deadline).facts
    }

    func render(
        _ level: Level, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        var plan = plan
        plan.input = level.picture.format
        return try await render(level.picture.bytes, overlay: overlay, plan: plan, deadline: deadline)
    }

    func render(
        _ bytes: ByteBuffer, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        let limits = limits
        let plan = plan.reading(overlay)
        return try await pool.run(until: deadline) { watch throws(RenderError) in
            try RenderJob(plan: plan, limits: limits, watch: watch)
                .run(bytes, overlay: overlay?.picture.bytes)
        }
    }
}
