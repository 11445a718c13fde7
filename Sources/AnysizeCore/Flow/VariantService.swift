import CoreMetrics
import NIOCore

/// The main job: from a request for a variant to its bytes.
package final class VariantService: Sendable {
    let store: any OriginalStore
    private let way: RenderWay
    private let pyramid: Pyramid
    let cache: TieredCache
    /// The first tier, filled before the answer so that the next request finds it; nil where that tier is off.
    private let memory: MemoryCache?
    private let filler: CacheFiller
    /// Nil where this node is the only one.
    private let cluster: ClusterFlight?
    /// Of renders from levels.
    let admission: Admission
    private let limits: OutputLimits
    private let deadlineSeconds: Double
    private let avifWaitSecondsMax: Double
    package let flights = SingleFlight<VariantKey, Delivery>()

    /// - Parameters:
    ///   - lane: for renders from originals themselves.
    ///   - cache: all tiers, the memory tier first where there is one.
    ///   - admission: for renders from levels.
    ///   - deadlineSeconds: from a request's arrival to its answer, waiting included.
    ///   - avifWaitSecondsMax: the longest predicted wait with which `format=auto` still gives AVIF that has to be rendered.
    package init(
        store: any OriginalStore, renderer: any Renderer, levels: LevelService, lane: DecodeLane, cache: TieredCache,
        memory: MemoryCache?, filler: CacheFiller, cluster: ClusterFlight? = nil, admission: Admission,
        cost: RenderCost, limits: OutputLimits, deadlineSeconds: Double, avifWaitSecondsMax: Double = 1
    ) {
        self.store = store
        way = RenderWay(
            store: store, renderer: renderer, levels: levels, lane: lane, admission: admission, cost: cost,
            deadlineSeconds: deadlineSeconds
        )
        pyramid = levels.pyramid
        self.cache = cache
        self.memory = memory
        self.filler = filler
        self.cluster = cluster
        self.admission = admission
        self.limits = limits
        self.deadlineSeconds = deadlineSeconds
        self.avifWaitSecondsMax = avifWaitSecondsMax
    }

    /// Whether a rendered variant is kept anywhere.
    package var keepsVariants: Bool { !cache.tiers.isEmpty }

    /// What a request names, before anything is looked up but the original's record.
    package struct Resolved: Sendable {
        package let record: OriginalRecord
        package let recipe: SettledRecipe
        /// What it is rendered from, when it is.
        package let source: RenderSource
        /// Nil where nothing is put on it.
        package let overlay: ResolvedOverlay?
        package let key: VariantKey
        /// Whether the URL can never mean another picture: a content id, or the right `v`.
        package let isImmutable: Bool
        /// Why it isn't AVIF, where the client takes that and left the choice to us.
        package let fallback: AVIFFallback?

        /// Whether it takes a helper: for what no level can serve, and for what isn't for this process.
        var needsHelper: Bool { source == .original || recipe.needsHelper(for: record.facts) }
    }

    /// The other original that a variant shows.
    package struct ResolvedOverlay: Sendable {
        package let record: OriginalRecord
        /// What its pixels come from.
        package let source: OverlaySource
    }

    /// A variant on its way out.
    package struct Delivery: Sendable {
        package let variant: Variant
        package let origin: Origin
        package let timings: DeliveryTimings
    }

    /// Where a variant came from.
    package enum Origin: Hashable, Sendable {
        /// A tier, by its name.
        case tier(String)
        /// Rendered for this request.
        case render
        /// Rendered for another request that came first.
        case joined
    }

    /// How a request for a variant ends well.
    package enum Answer: Sendable {
        /// The caller has that variant already.
        case notModified(Resolved)
        case variant(Resolved, Delivery)
    }

    /// The whole way of a request.
    /// - Parameter isKnown: whether the caller says it has the variant of that key; asked before any look-up.
    package func answer(
        _ id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats, isKnown: (VariantKey) -> Bool
    ) async throws(AnysizeError) -> Answer {
        switch try await atHand(id, recipe, accepting: accepted, isKnown: isKnown) {
        case .answer(let answer): return answer
        case .missing(let missing): return try await render(missing, isKnown: isKnown)
        }
    }

    /// How the first part of that way ends: all of it that is short.
    package enum AtHand: Sendable {
        case answer(Answer)
        case missing(Missing)
    }

    /// A request for a variant that no tier has.
    package struct Missing: Sendable {
        fileprivate let id: OriginalID
        fileprivate let recipe: Recipe
        fileprivate let accepted: AcceptedFormats
        fileprivate let resolved: Resolved
        fileprivate let deadline: ContinuousClock.Instant
    }

    /// The answer, where it needs no render. Refusals come from here as well: under overload they are most of the answers, and
    /// what they cost is taken from the renders.
    package func atHand(
        _ id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats, isKnown: (VariantKey) -> Bool
    ) async throws(AnysizeError) -> AtHand {
        let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
        var resolved = try await resolve(id, recipe, accepting: accepted)
        if let answer = await atHand(resolved, isKnown) { return .answer(answer) }
        if recipe.format == .auto, accepted.contains(.webp), isTooBusy(forAVIF: resolved) {
            resolved = try await resolve(id, recipe, accepting: accepted, isBusy: true)
            FlowMetrics.avifFallbacks.increment()
            if let answer = await atHand(resolved, isKnown) { return .answer(answer) }
        }
        if !resolved.needsHelper, !flights.isRunning(resolved.key), let seconds = admission.refusalNow {
            let refusal = AnysizeError.overloaded(retryAfterSeconds: seconds)
            countRequest(refusal)
            throw refusal
        }
        return .missing(
            Missing(id: id, recipe: recipe, accepted: accepted, resolved: resolved, deadline: deadline))
    }

    private func atHand(_ resolved: Resolved, _ isKnown: (VariantKey) -> Bool) async -> Answer? {
        if isKnown(resolved.key) { return .notModified(resolved) }
        return await find(resolved).map { .variant(resolved, $0) }
    }

    /// Whether what would have to be rendered is AVIF, and too much waits already for the threads that it takes.
    func isTooBusy(forAVIF resolved: Resolved) -> Bool {
        guard resolved.recipe.format == .avif, !flights.isRunning(resolved.key) else { return false }
        let seconds = resolved.needsHelper ? way.lane.waitSeconds : admission.load.waitSeconds
        return seconds > avifWaitSecondsMax
    }

    /// Whether the render is under way already, so that this request adds none.
    package func isUnderWay(_ missing: Missing) -> Bool { flights.isRunning(missing.resolved.key) }

    /// The answer that needs a render.
    package func render(
        _ missing: Missing, isKnown: (VariantKey) -> Bool
    ) async throws(AnysizeError) -> Answer {
        let resolved = missing.resolved
        do throws(AnysizeError) { return .variant(resolved, try await join(resolved, by: missing.deadline)) } catch {
            // Replaced while it waited for its turn: its bytes are gone, and the new ones have another key.
            guard case .unknownOriginal = error else { throw error }
            return try await answerAgain(missing, isKnown)
        }
    }

    private func answerAgain(
        _ missing: Missing, _ isKnown: (VariantKey) -> Bool
    ) async throws(AnysizeError) -> Answer {
        let current = try await resolve(
            missing.id, missing.recipe, accepting: missing.accepted, isBusy: missing.resolved.fallback == .load)
        if isKnown(current.key) { return .notModified(current) }
        do throws(AnysizeError) { return .variant(current, try await deliver(current, by: missing.deadline)) } catch {
            // The record is there, its bytes are not, twice: that is no answer to "is there such an original?".
            guard case .unknownOriginal = error else { throw error }
            throw .originalDamaged
        }
    }

    /// Finds the original and settles the recipe.
    /// - Parameter isBusy: whether AVIF is left to quieter times.
    package func resolve(
        _ id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats, isBusy: Bool = false
    ) async throws(AnysizeError) -> Resolved {
        let record = try await store.present(id)
        let overlayRecord = try await overlayRecord(recipe)
        return try resolve(record, recipe, overlay: overlayRecord, accepting: accepted, isBusy: isBusy)
    }

    /// Settles the recipe for originals that were found.
    func resolve(
        _ record: OriginalRecord, _ recipe: Recipe, overlay overlayRecord: OriginalRecord?,
        accepting accepted: AcceptedFormats, isBusy: Bool
    ) throws(AnysizeError) -> Resolved {
        let settled: SettledRecipe
        do throws(RecipeError) {
            settled = try recipe.settled(
                for: record.facts, accepting: isBusy ? accepted.subtracting(.avif) : accepted, limits: limits,
                overlay: overlayRecord?.facts)
        } catch { throw .badRecipe(error) }
        let overlay = overlayRecord.flatMap { record in
            OverlaySource(record.digest, record.facts, for: settled, of: pyramid)
                .map { ResolvedOverlay(record: record, source: $0) }
        }
        let isVersioned = recipe.version.map { record.digest.description.hasPrefix($0) } ?? false
        let source = pyramid.source(of: settled, for: record.facts)
        return Resolved(
            record: record, recipe: settled, source: source, overlay: overlay,
            key: VariantKey(original: record.digest, recipe: settled, source: source, overlay: overlay?.source),
            // `v` is about the original alone.
            isImmutable: (record.id.isContentID || isVersioned) && overlay?.record.id.isContentID ?? true,
            fallback: AVIFFallback(recipe, settled: settled, accepting: accepted, isBusy: isBusy)
        )
    }

    /// Looked up at each request: what shows an original that was replaced or deleted is never served again.
    private func overlayRecord(_ recipe: Recipe) async throws(AnysizeError) -> OriginalRecord? {
        guard let id = recipe.overlay?.id else { return nil }
        do throws(AnysizeError) { return try await store.present(id) } catch {
            switch error {
            case .unknownOriginal: throw .unknownOverlay(isDeleted: false)
            case .deletedOriginal: throw .unknownOverlay(isDeleted: true)
            default: throw error
            }
        }
    }

    /// Whether what was resolved is known to hold still, without waiting for anything.
    package func isKnownCurrent(_ resolved: Resolved) -> Bool {
        isKnownCurrent(resolved.record) && resolved.overlay.map { isKnownCurrent($0.record) } ?? true
    }

    private func isKnownCurrent(_ known: OriginalRecord) -> Bool {
        guard case .present(let record) = store.peek(known.id) else { return false }
        return record.digest == known.digest && record.created == known.created
    }

    /// The variant, where the memory tier has it; never waits.
    package func resident(_ resolved: Resolved) -> MemoryCache.Resident? { memory?.resident(resolved.key) }

    /// The variant, where a tier behind memory gives it without waiting and its original is known to be current. The memory tier
    /// gets it too.
    package func peekBehindMemory(_ resolved: Resolved) -> (variant: Variant, tier: String)? {
        for tier in cache.tiers.dropFirst(memory == nil ? 0 : 1) {
            guard let variant = tier.peek(resolved.key) else { continue }
            memory?.keep(variant, for: resolved.key)
            // Asked only now, since this may have crossed with a deletion; then what it brought back must go again.
            guard isKnownCurrent(resolved) else {
                memory?.remove(resolved.key)
                return nil
            }
            if let memory { FlowMetrics.cacheMisses(memory.name).increment() }
            FlowMetrics.cacheHits(tier.name).increment()
            return (variant, tier.name)
        }
        return nil
    }

    /// See ``OriginalStore/changeCount``.
    package var changeCount: UInt64 { store.changeCount }

    /// The bytes, from a tier or made now.
    package func deliver(
        _ resolved: Resolved, by deadline: ContinuousClock.Instant? = nil
    ) async throws(AnysizeError) -> Delivery {
        if let delivery = await find(resolved) { return delivery }
        return try await join(resolved, by: deadline ?? .now + .seconds(deadlineSeconds))
    }

    /// The bytes, from a tier.
    private func find(_ resolved: Resolved) async -> Delivery? {
        guard let hit = await cache.find(resolved.key) else { return nil }
        // A promotion may have crossed with a deletion; then what it brought back must go again.
        if hit.tier != cache.tiers.first?.name, await !store.isCurrent(resolved.record) {
            _ = await cache.removeAll(of: OriginalTag(resolved.record.digest))
        }
        return Delivery(variant: hit.variant, origin: .tier(hit.tier), timings: DeliveryTimings())
    }

    /// The bytes, made now: for this request, or for another one that came first.
    private func join(
        _ resolved: Resolved, by deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Delivery {
        let started = ContinuousClock.now
        let limit = deadline - started
        let landing: SingleFlight<VariantKey, Delivery>.Landing
        do throws(AnysizeError) {
            landing = try await flights.value(for: resolved.key, within: limit) { () async throws(AnysizeError) in
                // A flight for this key may have landed, and filled the memory tier, between our look and this start.
                if let memory = self.memory, let variant = memory.peek(resolved.key) {
                    return Delivery(variant: variant, origin: .tier(memory.name), timings: DeliveryTimings())
                }
                do throws(AnysizeError) { return try await self.renderOnce(resolved, deadline: deadline) } catch {
                    self.countRender(error)
                    throw error
                }
            }
        } catch {
            countRequest(error)
            throw error
        }
        guard landing.isJoined else { return landing.value }
        FlowMetrics.flightsJoined.increment()
        var timings = DeliveryTimings()
        timings.wait = (ContinuousClock.now - started).seconds
        return Delivery(variant: landing.value.variant, origin: .joined, timings: timings)
    }

    /// Renders, unless another node does.
    private func renderOnce(
        _ resolved: Resolved, deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Delivery {
        guard let cluster else { return try await render(resolved, deadline: deadline) }
        let landing = try await cluster.land(resolved.key, by: deadline) { () async throws(AnysizeError) in
            try await self.render(resolved, deadline: deadline)
        } variant: {
            $0.variant
        }
        switch landing {
        case .own(let delivery): return delivery
        case .other(let variant):
            await keep(variant, resolved)
            return Delivery(variant: variant, origin: .joined, timings: DeliveryTimings())
        }
    }

    private func render(
        _ resolved: Resolved, deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Delivery {
        var (rendered, timings) = try await way.render(resolved, by: deadline)
        let stored = ContinuousClock.now
        await keep(rendered.variant, resolved)
        timings.store = (ContinuousClock.now - stored).seconds
        return Delivery(variant: rendered.variant, origin: .render, timings: timings)
    }

    private func keep(_ variant: Variant, _ resolved: Resolved) async {
        if let memory {
            await memory.store(variant, for: resolved.key)
            // The original may have been deleted while it was rendered; then its variant must not stay behind.
            if await !store.isCurrent(resolved.record) {
                _ = await memory.removeAll(of: OriginalTag(resolved.record.digest))
                return
            }
        }
        filler.enqueue(CacheFiller.Job(key: resolved.key, variant: variant, original: resolved.record))
    }

    /// Once a render, however many wait for it. A render that was refused or came too late has not failed, and one whose
    /// original was replaced meanwhile is tried again.
    private func countRender(_ error: AnysizeError) {
        switch error {
        case .overloaded, .deadlinePassed, .unknownOriginal, .setAside, .badRecipe, .resultTooLarge: break
        case .callerGone: FlowMetrics.rendersCancelled.increment()
        default: FlowMetrics.rendersFailed.increment()
        }
    }

    /// Once a request.
    func countRequest(_ error: AnysizeError) {
        switch error {
        case .overloaded: FlowMetrics.refused.increment()
        case .deadlinePassed: FlowMetrics.deadlinesPassed.increment()
        default: break
        }
    }
}
