import AnysizeCore
import AnysizeEngine
import Logging
import NIOCore

/// The way from an original's bytes to a variant's, as the service goes it, without store, tiers and queues.
struct Pipeline: Sendable {
    private let pool: HelperPool
    private let decoder: HelperDecoder
    private let renderer: VipsRenderer
    private let pyramid: Pyramid
    private let limits: OutputLimits
    private let presets: Presets

    /// Seconds that one variant may take: no person waits for it.
    private static let deadlineSeconds = 120.0

    /// With one helper and one render thread, so that a busy service keeps the other cores.
    static func start(_ settings: Settings) async throws -> Pipeline {
        let check = try VipsSelfCheck.start()
        guard check.faults.isEmpty else { throw RenderError.failed(cause: check.faults.joined(separator: "; ")) }
        var logger = Logger(label: "anysize") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let pool = HelperPool(settings.helpers(executable: ThisProgram.path, jobCount: 1), logger: logger)
        _ = try await pool.start()
        return Pipeline(
            pool: pool, decoder: HelperDecoder(pool: pool, limits: settings.headerLimits),
            renderer: VipsRenderer(pool: RenderPool(threadCount: 1)), pyramid: settings.pyramidRule,
            limits: settings.outputLimits, presets: settings.presetRecipes)
    }

    func stop() { pool.stop() }

    /// From the very beginning: the original is examined, its levels are made, and the variant comes from what the pyramid says.
    /// - Returns: nil where the service would refuse it.
    func render(_ bytes: ByteBuffer, _ query: String) async -> ByteBuffer? {
        let deadline = ContinuousClock.now + .seconds(Self.deadlineSeconds)
        do {
            let asked = try Recipe(query: query, presets: presets)
            let examined = try await decoder.examine(bytes, pyramid: pyramid, deadline: deadline)
            let settled = try asked.settled(for: examined.facts, limits: limits)
            let source = pyramid.source(of: settled, for: examined.facts)
            let plan = RenderPlan.make(settled, for: examined.facts, from: source)
            guard case .level(let place) = source, let level = examined.levels.first(where: { $0.place == place })
            else { return try await decoder.render(bytes, plan: plan, deadline: deadline).variant.bytes }
            if plan.caption != nil {
                return try await decoder.render(level, overlay: nil, plan: plan, deadline: deadline).variant.bytes
            }
            return try await renderer.render(level, plan: plan, deadline: deadline).variant.bytes
        } catch { return nil }
    }
}
