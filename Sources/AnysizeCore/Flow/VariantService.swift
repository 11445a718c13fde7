package import NIOCore

import CoreMetrics

/// The main job: from a request for a variant to its bytes.
package final class VariantService: Sendable {
    private let store: any OriginalStore
    private let renderer: any Renderer
    private let cache: TieredCache
    /// The first tier, filled before the answer so that the next request finds it; nil where that tier is off.
    private let memory: MemoryCache?
    private let filler: CacheFiller
    private let admission: Admission
    private let cost: RenderCost
    private let limits: OutputLimits
    private let deadlineSeconds: Double
    package let flights = SingleFlight<VariantKey, Delivery>()

    /// - Parameters:
    ///   - cache: all tiers, the memory tier first where there is one.
    ///   - deadlineSeconds: from a request's arrival to its answer, waiting included.
    package init(
        store: any OriginalStore, renderer: any Renderer, cache: TieredCache, memory: MemoryCache?, filler: CacheFiller,
        admission: Admission, cost: RenderCost, limits: OutputLimits, deadlineSeconds: Double
    ) {
        self.store = store
        self.renderer = renderer
        self.cache = cache
        self.memory = memory
        self.filler = filler
        self.admission = admission
        self.cost = cost
        self.limits = limits
        self.deadlineSeconds = deadlineSeconds
    }

    /// Whether a rendered variant is kept anywhere.
    package var keepsVariants: Bool { !cache.tiers.isEmpty }

    /// What a request names, before anything is looked up but the original's record.
    package struct Resolved: Sendable {
        package let record: OriginalRecord
        package let recipe: SettledRecipe
        package let key: VariantKey
        /// Whether the URL can never mean another picture: a content id, or the right `v`.
        package let isImmutable: Bool
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
        let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
        let resolved = try await resolve(id, recipe, accepting: accepted)
        if isKnown(resolved.key) { return .notModified(resolved) }
        do throws(AnysizeError) { return .variant(resolved, try await deliver(resolved, by: deadline)) } catch {
            // Replaced while it waited for its turn: its bytes are gone, and the new ones have another key.
            guard case .unknownOriginal = error else { throw error }
            return try await answerAgain(id, recipe, accepting: accepted, isKnown: isKnown, deadline)
        }
    }

    private func answerAgain(
        _ id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats, isKnown: (VariantKey) -> Bool,
        _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Answer {
        let current = try await resolve(id, recipe, accepting: accepted)
        if isKnown(current.key) { return .notModified(current) }
        do throws(AnysizeError) { return .variant(current, try await deliver(current, by: deadline)) } catch {
            // The record is there, its bytes are not, twice: that is no answer to "is there such an original?".
            guard case .unknownOriginal = error else { throw error }
            throw .originalDamaged
        }
    }

    /// Finds the original and settles the recipe.
    package func resolve(
        _ id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats
    ) async throws(AnysizeError) -> Resolved {
        let record = try await store.present(id)
        let settled: SettledRecipe
        do throws(RecipeError) {
            settled = try recipe.settled(for: record.facts, accepting: accepted, limits: limits)
        } catch { throw .badRecipe(error) }
        let isVersioned = recipe.version.map { record.digest.description.hasPrefix($0) } ?? false
        return Resolved(
            record: record, recipe: settled, key: VariantKey(original: record.digest, recipe: settled),
            isImmutable: id.isContentID || isVersioned
        )
    }

    /// The bytes, from a tier or made now.
    package func deliver(
        _ resolved: Resolved, by deadline: ContinuousClock.Instant? = nil
    ) async throws(AnysizeError) -> Delivery {
        if let hit = await cache.find(resolved.key) {
            // A promotion may have crossed with a deletion; then what it brought back must go again.
            if hit.tier != cache.tiers.first?.name, await !store.isCurrent(resolved.record) {
                _ = await cache.removeAll(of: OriginalTag(resolved.record.digest))
            }
            return Delivery(variant: hit.variant, origin: .tier(hit.tier), timings: DeliveryTimings())
        }
        let started = ContinuousClock.now
        let deadline = deadline ?? started + .seconds(deadlineSeconds)
        let limit = deadline - started
        let landing: SingleFlight<VariantKey, Delivery>.Landing
        do throws(AnysizeError) {
            landing = try await flights.value(for: resolved.key, within: limit) { () async throws(AnysizeError) in
                // A flight for this key may have landed, and filled the memory tier, between our look and this start.
                if let memory = self.memory, let variant = memory.peek(resolved.key) {
                    return Delivery(variant: variant, origin: .tier(memory.name), timings: DeliveryTimings())
                }
                do throws(AnysizeError) { return try await self.render(resolved, deadline: deadline) } catch {
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

    private func render(
        _ resolved: Resolved, deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Delivery {
        let plan = RenderPlan.make(resolved.recipe, for: resolved.record.facts)
        var (rendered, timings) = try await admission.withPermit(cost: cost.seconds(of: plan)) {
            queueSeconds async throws(AnysizeError) in
            try await self.loadAndRender(resolved.record, plan, queueSeconds: queueSeconds, deadline: deadline)
        }
        cost.learn(plan, seconds: rendered.timings.total)
        FlowMetrics.renders.increment()
        FlowMetrics.renderTime.recordSeconds(rendered.timings.total)
        FlowMetrics.renderedBytes.increment(by: rendered.variant.byteCount)
        let stored = ContinuousClock.now
        await keep(rendered.variant, resolved)
        timings.store = (ContinuousClock.now - stored).seconds
        return Delivery(variant: rendered.variant, origin: .render, timings: timings)
    }

    /// Runs with a permit in hand: only now are the original's bytes in memory, so a long queue holds few.
    private func loadAndRender(
        _ record: OriginalRecord, _ plan: RenderPlan, queueSeconds: Double, deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> (Rendered, DeliveryTimings) {
        var timings = DeliveryTimings()
        let start = ContinuousClock.now
        let bytes = try await store.bytes(of: record)
        let loadSeconds = (ContinuousClock.now - start).seconds
        timings.load = loadSeconds
        FlowMetrics.loadTime.recordSeconds(loadSeconds)
        do throws(RenderError) {
            let rendered = try await renderer.render(bytes, plan: plan, deadline: deadline)
            timings.render = rendered.timings
            timings.queue = queueSeconds + rendered.timings.wait
            FlowMetrics.queueTime.recordSeconds(queueSeconds + rendered.timings.wait)
            return (rendered, timings)
        } catch { throw AnysizeError(error) }
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
        case .overloaded, .deadlinePassed, .unknownOriginal: break
        case .callerGone: FlowMetrics.rendersCancelled.increment()
        default: FlowMetrics.rendersFailed.increment()
        }
    }

    /// Once a request.
    private func countRequest(_ error: AnysizeError) {
        switch error {
        case .overloaded: FlowMetrics.refused.increment()
        case .deadlinePassed: FlowMetrics.deadlinesPassed.increment()
        default: break
        }
    }
}

/// Where the time of an answer went, in seconds; nil where a step didn't happen.
package struct DeliveryTimings: Hashable, Sendable {
    /// Waiting for a permit, and for a thread.
    package var queue: Double?
    /// Reading and checking the original.
    package var load: Double?
    package var render: RenderTimings?
    /// Keeping the result in memory.
    package var store: Double?
    /// Waiting for another request's render.
    package var wait: Double?

    package init() {}
}

extension OriginalStore {
    /// The record of an id that is there.
    package func present(_ id: OriginalID) async throws(AnysizeError) -> OriginalRecord {
        let entry: StoreEntry?
        do throws(StoreError) { entry = try await find(id) } catch { throw AnysizeError(error) }
        switch entry {
        case .present(let record): return record
        case .deleted: throw .deletedOriginal
        case nil: throw .unknownOriginal
        }
    }

    /// An original's bytes, checked; a fault is counted here.
    package func bytes(of record: OriginalRecord) async throws(AnysizeError) -> ByteBuffer {
        do throws(StoreError) { return try await read(record) } catch {
            if case .damaged = error { FlowMetrics.originalsDamaged.increment() }
            throw AnysizeError(error)
        }
    }

    /// Whether the id still means those very bytes. A store that fails to say so counts as yes: caches are only hints.
    package func isCurrent(_ record: OriginalRecord) async -> Bool {
        do throws(StoreError) {
            guard case .present(let found) = try await find(record.id) else { return false }
            return found.digest == record.digest
        } catch { return true }
    }
}
