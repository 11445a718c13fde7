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
        let plan = RenderPlan.make(resolved.recipe, for: resolved.record.facts, from: resolved.source)
        try refuseHopeless(plan, from: resolved.source)
        let (rendered, timings) =
            switch resolved.source {
            case .original: try await renderOriginal(resolved, plan, deadline)
            case .level(let place): try await renderLevel(place, resolved.record, plan, deadline)
            }
        cost.learn(plan, seconds: rendered.timings.total)
        FlowMetrics.renders.increment()
        FlowMetrics.renderTime.recordSeconds(rendered.timings.total)
        FlowMetrics.renderedBytes.increment(by: rendered.variant.byteCount)
        return (rendered, timings)
    }

    /// What can't be ready in time is told so at once, instead of after the deadline.
    private func refuseHopeless(_ plan: RenderPlan, from source: RenderSource) throws(AnysizeError) {
        let secondsMax = source == .original ? min(deadlineSeconds, lane.jobSecondsMax) : deadlineSeconds
        guard RenderCost.nominalSeconds(of: plan) > secondsMax else { return }
        throw .badRecipe(
            RecipeError(
                "w", "As \(plan.output.rawValue) the result would take longer than allowed; ask for a smaller w or h.")
        )
    }

    private func renderOriginal(
        _ resolved: VariantService.Resolved, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings) {
        let record = resolved.record
        // Marked by the variant: an encoder that takes too long says nothing about the original, or its other variants.
        let subject = Digest(of: ByteBuffer(string: resolved.key.description))
        let decoded = try await lane.decode(
            subject, of: record.digest, isStored: true, cost: cost.seconds(of: plan)
        ) {
            () async throws(AnysizeError) in
            try await store.bytes(of: record)
        } work: { (decoder, bytes) async throws(RenderError) in
            try await decoder.render(bytes, plan: plan, deadline: deadline)
        }
        return (
            decoded.value,
            timed(decoded.value, queueSeconds: decoded.queueSeconds, loadSeconds: decoded.loadSeconds)
        )
    }

    /// Looks for the level, and has it made where it is missing: without a permit, which others could use meanwhile.
    private func renderLevel(
        _ place: PyramidLevel, _ record: OriginalRecord, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings) {
        if let done = try await renderLevel(place, record, plan, deadline, made: nil) { return done }
        let started = ContinuousClock.now
        let made = try await levels.make(place, of: record)
        let seconds = (ContinuousClock.now - started).seconds
        guard var done = try await renderLevel(place, record, plan, deadline, made: made) else {
            throw .defect(cause: "a level that was just made can't be read")
        }
        done.1.levels = seconds
        return done
    }

    /// Nil where there is no such level, or not a sound one.
    private func renderLevel(
        _ place: PyramidLevel, _ record: OriginalRecord, _ plan: RenderPlan, _ deadline: ContinuousClock.Instant,
        made: Level?
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings)? {
        try await admission.withPermit(cost: cost.seconds(of: plan)) { queueSeconds async throws(AnysizeError) in
            let started = ContinuousClock.now
            var level = made
            if level == nil { level = await self.levels.find(place, of: record.digest) }
            guard let level else { return nil }
            let loadSeconds = (ContinuousClock.now - started).seconds
            do throws(RenderError) {
                let rendered = try await self.renderer.render(level, plan: plan, deadline: deadline)
                return (rendered, self.timed(rendered, queueSeconds: queueSeconds, loadSeconds: loadSeconds))
            } catch {
                // What a tier gave back isn't what was put in; what was made just now would be.
                switch error {
                case .undecodable where made == nil, .beyondLimit where made == nil,
                    .unsupportedFormat where made == nil:
                    return nil
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
