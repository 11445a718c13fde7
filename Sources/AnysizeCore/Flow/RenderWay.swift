import CoreMetrics
import NIOCore

/// From what a request names to its rendered variant: by one of two ways, and with a permit.
struct RenderWay: Sendable {
    let store: any OriginalStore
    let renderer: any Renderer
    let levels: LevelService
    /// For what no level can serve.
    let lane: DecodeLane
    /// Of renders from levels; the lane has one of its own.
    let admission: Admission
    let cost: RenderCost
    /// From a request's arrival to its answer.
    let deadlineSeconds: Double

    func render(
        _ resolved: VariantService.Resolved, by deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings) {
        let plan = RenderPlan.make(
            resolved.recipe, for: resolved.record.facts, from: resolved.source, overlay: resolved.overlay?.source)
        try refuseHopeless(plan, isForHelper: resolved.needsHelper)
        let (rendered, timings) = try await render(resolved, plan, deadline)
        cost.learn(plan, seconds: rendered.timings.total)
        FlowMetrics.renders.increment()
        FlowMetrics.renderTime.recordSeconds(rendered.timings.total)
        FlowMetrics.renderedBytes.increment(by: rendered.variant.byteCount)
        return (rendered, timings)
    }

    /// What can't be ready in time is told so at once, instead of after the deadline.
    private func refuseHopeless(_ plan: RenderPlan, isForHelper: Bool) throws(AnysizeError) {
        let secondsMax = isForHelper ? min(deadlineSeconds, lane.jobSecondsMax) : deadlineSeconds
        // A busy machine takes more for the same work.
        guard RenderCost.longestSeconds(of: plan) * 1.1 > secondsMax else { return }
        throw .badRecipe(Self.hopeless(plan, within: secondsMax / 1.1))
    }

    /// What to leave out of a recipe whose result would take too long.
    private static func hopeless(_ plan: RenderPlan, within secondsMax: Double) -> RecipeError {
        let (format, sizes) = (plan.output.rawValue, "ask for a smaller w or h")
        var plainer = plan
        plainer.byteCountMax = nil
        if RenderCost.longestSeconds(of: plainer) <= secondsMax {
            let search = "the search for so few bytes could take longer than allowed"
            return RecipeError("max-bytes", "As \(format) \(search); \(sizes), or leave max-bytes out.")
        }
        plainer.isQualityAuto = false
        if RenderCost.longestSeconds(of: plainer) <= secondsMax {
            let search = "the search for a quality would take longer than allowed"
            return RecipeError("q", "As \(format) \(search); \(sizes), or give a number as q.")
        }
        return RecipeError("w", "As \(format) the result would take longer than allowed; \(sizes).")
    }

    /// Looks for the levels it takes, and has those made that are missing: without a permit, which others could use meanwhile.
    private func render(
        _ resolved: VariantService.Resolved, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings) {
        let needed = NeededLevels(resolved)
        let first = try await attempt(resolved, plan, deadline, made: NeededLevels.Made())
        if case .done(let rendered, let timings) = first { return (rendered, timings) }
        let started = ContinuousClock.now
        var made = NeededLevels.Made()
        if let (place, record) = needed.base { made.base = try await level(place, of: record, after: first) }
        if let (place, record) = needed.overlay { made.overlay = try await level(place, of: record, after: first) }
        let seconds = (ContinuousClock.now - started).seconds
        guard case .done(let rendered, var timings) = try await attempt(resolved, plan, deadline, made: made) else {
            throw .defect(cause: "a level that was just made can't be read")
        }
        timings.levels = seconds
        return (rendered, timings)
    }

    /// Makes a level again, unless it is the other one that is missing.
    private func level(
        _ place: PyramidLevel, of record: OriginalRecord, after attempt: Attempt
    ) async throws(AnysizeError) -> Level {
        if case .missing = attempt, let level = await levels.find(place, of: record.digest) { return level }
        return try await levels.make(place, of: record)
    }

    private enum Attempt {
        case done(Rendered, DeliveryTimings)
        /// A level isn't in the tiers.
        case missing
        /// A tier gave back what isn't what was put in.
        case unsound
    }

    private func attempt(
        _ resolved: VariantService.Resolved, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant,
        made: NeededLevels.Made
    ) async throws(AnysizeError) -> Attempt {
        if case .level(let place) = resolved.source, !resolved.needsHelper {
            try await renderLevel(place, resolved, plan, deadline, made)
        } else {
            try await renderInHelper(resolved, plan, deadline, made)
        }
    }

    /// The levels of one render: the picture's own, and its overlay's.
    private struct NeededLevels {
        let base: (PyramidLevel, OriginalRecord)?
        let overlay: (PyramidLevel, OriginalRecord)?

        init(_ resolved: VariantService.Resolved) {
            if case .level(let place) = resolved.source { base = (place, resolved.record) } else { base = nil }
            overlay = resolved.overlay.map { ($0.source.level, $0.record) }
        }

        /// Those at hand.
        struct Made {
            var base: Level?
            var overlay: Level?
            /// Whether nothing is from a tier that an earlier attempt had from there.
            var isEmpty: Bool { base == nil && overlay == nil }
        }
    }

    /// Looks for the overlay's level, with a permit in hand.
    /// - Returns: nil where it is missing; a level of nil where there is no overlay.
    private func overlay(
        _ resolved: VariantService.Resolved, _ made: NeededLevels.Made
    ) async -> (level: Level?, isMissing: Bool) {
        guard let overlay = resolved.overlay else { return (nil, false) }
        if let level = made.overlay { return (level, false) }
        let level = await levels.find(overlay.source.level, of: overlay.record.digest)
        return (level, level == nil)
    }

    /// What a helper gets.
    private struct Loaded: Sendable {
        let base: Base
        let overlay: Level?

        enum Base: Sendable {
            case original(ByteBuffer)
            case level(Level)
        }
    }

    private func renderInHelper(
        _ resolved: VariantService.Resolved, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant,
        _ made: NeededLevels.Made
    ) async throws(AnysizeError) -> Attempt {
        // Marked by the variant: an encoder that takes too long says nothing about the original, or its other variants.
        let subject = Digest(of: ByteBuffer(string: resolved.key.description))
        let decoded: DecodeLane.Decoded<Rendered>? = try await lane.decodeIfThere(
            subject, of: Self.suspect(resolved), drawing: DecodeLane.Drawing(resolved.record, plan), isStored: true,
            cost: cost.seconds(of: plan)
        ) { () async throws(AnysizeError) -> Loaded? in
            let overlay = await self.overlay(resolved, made)
            guard !overlay.isMissing, let base = try await self.base(resolved, made) else { return nil }
            return Loaded(base: base, overlay: overlay.level)
        } work: { (decoder, loaded) async throws(RenderError) in
            switch loaded.base {
            case .original(let bytes):
                try await decoder.render(bytes, overlay: loaded.overlay, plan: plan, deadline: deadline)
            case .level(let level):
                try await decoder.render(level, overlay: loaded.overlay, plan: plan, deadline: deadline)
            }
        }
        guard let decoded else { return .missing }
        return .done(
            decoded.value,
            timed(decoded.value, queueSeconds: decoded.queueSeconds, loadSeconds: decoded.loadSeconds)
        )
    }

    /// Whose crashes are counted: those of texts apart, so that nobody's text makes an original suspect.
    private static func suspect(_ resolved: VariantService.Resolved) -> Digest {
        let original = resolved.record.digest
        return resolved.recipe.caption == nil ? original : Digest(of: ByteBuffer(string: "texts on \(original)"))
    }

    private func base(
        _ resolved: VariantService.Resolved, _ made: NeededLevels.Made
    ) async throws(AnysizeError) -> Loaded.Base? {
        guard case .level(let place) = resolved.source else {
            return .original(try await store.bytes(of: resolved.record))
        }
        if let level = made.base { return .level(level) }
        return await levels.find(place, of: resolved.record.digest).map { .level($0) }
    }

    private func renderLevel(
        _ place: PyramidLevel, _ resolved: VariantService.Resolved, _ plan: RenderPlan,
        _ deadline: ContinuousClock.Instant, _ made: NeededLevels.Made
    ) async throws(AnysizeError) -> Attempt {
        try await admission.withPermit(cost: cost.seconds(of: plan)) { queueSeconds async throws(AnysizeError) in
            let started = ContinuousClock.now
            var level = made.base
            if level == nil { level = await self.levels.find(place, of: resolved.record.digest) }
            let overlay = await self.overlay(resolved, made)
            guard let level, !overlay.isMissing else { return .missing }
            let loadSeconds = (ContinuousClock.now - started).seconds
            do throws(RenderError) {
                let rendered = try await self.renderer.render(
                    level, overlay: overlay.level, plan: plan, deadline: deadline)
                return .done(rendered, self.timed(rendered, queueSeconds: queueSeconds, loadSeconds: loadSeconds))
            } catch {
                // What was made just now is what was put in.
                switch error {
                case .undecodable where made.isEmpty, .beyondLimit where made.isEmpty,
                    .unsupportedFormat where made.isEmpty:
                    return .unsound
                default: throw AnysizeError(error)
                }
            }
        }
    }

    private func timed(_ rendered: Rendered, queueSeconds: Double, loadSeconds: Double) -> DeliveryTimings {
        var timings = DeliveryTimings()
        timings.queue = queueSeconds + rendered.timings.wait
        timings.load = loadSeconds
        timings.render = rendered.timings
        FlowMetrics.queueTime.recordSeconds(queueSeconds + rendered.timings.wait)
        FlowMetrics.loadTime.recordSeconds(loadSeconds)
        return timings
    }
}
