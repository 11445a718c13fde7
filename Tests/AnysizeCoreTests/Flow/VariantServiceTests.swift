import AnysizeCore
import AnysizeTesting
import NIOCore
import ServiceLifecycle
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite(.timeLimit(.minutes(1))) struct VariantServiceTests {
    private let cat = OriginalID("cat")!
    private let bytes = SampleBytes.jpeg()

    // MARK: - One render

    @Test func `Many callers get one render`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let callers = (0..<50).map { _ in Task { try await deliver("w=100", flow) } }
        await eventually { flow.variants.flights.counts.waiters == 50 }
        flow.renderer.release()
        var origins: [VariantService.Origin] = []
        for caller in callers {
            let delivery = try await caller.value
            #expect(delivery.variant == (try expected("w=100")))
            origins.append(delivery.origin)
        }
        #expect(origins.filter { $0 == .render }.count == 1)
        #expect(origins.filter { $0 == .joined }.count == 49)
        #expect(flow.renderer.counts.rendered == 1)
        #expect(flow.store.count(of: .read) == 1)
    }

    @Test func `Recipes that mean the same picture share one variant`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        for query in ["w=100", "width=100", "w=50&dpr=2", "w=100&fit=max", "h=75", "w=100&q=80&format=jpeg"] {
            #expect(try await deliver(query, flow).variant == (try expected("w=100")))
        }
        #expect(flow.renderer.counts.rendered == 1)
    }

    @Test func `A render tells how long it took`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        let timings = try await deliver("w=100", flow).timings
        #expect(timings.render?.total == 0.006)
        #expect(timings.queue != nil && timings.load != nil && timings.store != nil && timings.wait == nil)
        #expect(try await deliver("w=100", flow).timings == DeliveryTimings())
    }

    @Test(arguments: [(0.001, 30.0), (.infinity, 0.001)])
    func `What can't be ready in time is refused before any work`(jobSeconds: Double, deadline: Double) async throws {
        let flow = TestFlow {
            $0.jobSecondsMax = jobSeconds
            $0.deadlineSeconds = deadline
        }
        flow.store.put(cat, bytes)
        await #expect {
            try await deliver("w=400&format=avif", flow)
        } throws: { error in
            if case .badRecipe = error as? AnysizeError { true } else { false }
        }
        #expect(flow.renderer.counts.rendered == 0 && flow.store.count(of: .read) == 0)
    }

    // MARK: - Tiers

    @Test func `The first tier that has it answers, and those before it learn it`() async throws {
        let flow = TestFlow()
        let record = flow.store.put(cat, bytes)
        #expect(try await deliver("w=100", flow).origin == .render)
        #expect(try await deliver("w=100", flow).origin == .tier("memory"))
        #expect(flow.disk.count(of: .find) == 1, "a hit in memory asks no slower tier")

        await flow.disk.store(try expected("w=100"), for: try key("w=100", record))
        #expect(await flow.memory?.removeAll(of: OriginalTag(record.digest)) == 1)
        #expect(try await deliver("w=100", flow).origin == .tier("disk"))
        #expect(try await deliver("w=100", flow).origin == .tier("memory"))
        #expect(flow.renderer.counts.rendered == 1)
    }

    @Test func `Slower tiers are filled after the answer`() async throws {
        let flow = TestFlow()
        let record = flow.store.put(cat, bytes)
        _ = try await deliver("w=100", flow)
        #expect(flow.disk.usage.variantCount == 0)
        try await runFiller(of: flow)
        #expect(flow.disk.keys == [try key("w=100", record)])
    }

    @Test func `Without a memory tier all goes the same way`() async throws {
        let flow = TestFlow { $0.hasMemory = false }
        flow.store.put(cat, bytes)
        #expect(try await deliver("w=100", flow).origin == .render)
        try await runFiller(of: flow)
        #expect(try await deliver("w=100", flow).origin == .tier("disk"))
    }

    @Test func `A hit doesn't wait behind renders`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        flow.store.put(cat, bytes)
        _ = try await deliver("w=100", flow)
        flow.renderer.hold()
        let render = Task { try await deliver("w=200", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        #expect(try await deliver("w=100", flow).origin == .tier("memory"))
        flow.renderer.release()
        _ = try await render.value
    }

    // MARK: - Conditions and names

    @Test func `What the caller has already is neither looked up nor rendered`() async throws {
        let flow = TestFlow()
        let record = flow.store.put(cat, bytes)
        let wanted = try key("w=100", record)
        let answer = try await flow.variants.answer(cat, try Recipe(query: "w=100"), accepting: []) { $0 == wanted }
        guard case .notModified(let resolved) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(resolved.key == wanted)
        #expect(flow.disk.count(of: .find) == 0)
        #expect(flow.store.count(of: .read) == 0)
        #expect(flow.renderer.counts == FakeRenderer.Counts())
    }

    @Test func `A content id and the right version are immutable, and nothing else is`() async throws {
        let flow = TestFlow()
        let record = flow.store.put(cat, bytes)
        let content = flow.store.put(OriginalID(contentOf: record.digest), bytes)
        let version = record.digest.description.prefix(12)
        func isImmutable(_ id: OriginalID, _ query: String) async throws -> Bool {
            try await flow.variants.resolve(id, try Recipe(query: query), accepting: []).isImmutable
        }
        #expect(try await isImmutable(content.id, "w=100"))
        #expect(try await isImmutable(content.id, "w=100&v=00000000"))
        #expect(try await isImmutable(cat, "w=100&v=\(version)"))
        #expect(try await isImmutable(cat, "w=100&v=\(version.uppercased())"))
        #expect(try await !isImmutable(cat, "w=100"))
        #expect(try await !isImmutable(cat, "w=100&v=00000000"))
    }

    @Test func `Accept decides the format, and the format the key`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        let recipe = try Recipe(query: "w=100&format=auto")
        var keys: Set<VariantKey> = []
        for (accepted, format) in [
            (AcceptedFormats.avif, ImageFormat.avif), (.webp, .webp), ([.avif, .webp], .avif), ([], .jpeg),
        ] {
            let resolved = try await flow.variants.resolve(cat, recipe, accepting: accepted)
            #expect(resolved.recipe.format == format)
            keys.insert(resolved.key)
        }
        #expect(keys.count == 3)
    }

    // MARK: - Missing, replaced, deleted

    @Test func `An unknown and a deleted original are told apart`() async throws {
        let flow = TestFlow()
        #expect(await fails("w=100", flow) == "unknownOriginal")
        flow.store.put(cat, bytes)
        flow.store.drop(cat)
        #expect(await fails("w=100", flow) == "deletedOriginal")
        #expect(flow.disk.count(of: .find) == 0)
    }

    @Test func `A recipe that doesn't fit the original is the caller's mistake`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        #expect(await fails("crop=500,0,10,10", flow) == "badRecipe")
    }

    @Test func `Replaced while it waited for its turn, it is rendered from the new bytes`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let first = Task { try await deliver("w=200", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        let second = Task { try await answer("w=100", flow) }
        await eventually { flow.admission.load.queued == 1 }
        let new = flow.store.put(cat, SampleBytes.jpeg(seed: 2))
        flow.renderer.release()
        _ = try await first.value
        let (resolved, delivery) = try await second.value
        #expect(resolved.record == new)
        #expect(resolved.key == (try key("w=100", new)))
        #expect(delivery.variant == (try expected("w=100", SampleBytes.jpeg(seed: 2))))
    }

    @Test func `Deleted while it waited for its turn, it is gone`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let first = Task { try await deliver("w=200", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        let second = Task { await fails("w=100", flow) }
        await eventually { flow.admission.load.queued == 1 }
        _ = try await flow.originals.delete(cat)
        flow.renderer.release()
        _ = try await first.value
        #expect(await second.value == "deletedOriginal")
    }

    @Test(arguments: [true, false])
    func `Deleted or replaced while it was rendered, it is answered and left nowhere`(isReplaced: Bool) async throws {
        for hasMemory in [true, false] {
            let flow = TestFlow { $0.hasMemory = hasMemory }
            flow.store.put(cat, bytes)
            flow.renderer.hold()
            let caller = Task { try await deliver("w=100", flow) }
            await eventually { flow.renderer.counts.held == 1 }
            if isReplaced {
                flow.store.put(cat, SampleBytes.jpeg(seed: 2))
            } else {
                _ = try await flow.originals.delete(cat)
            }
            flow.renderer.release()
            #expect(try await caller.value.variant == (try expected("w=100")))
            try await runFiller(of: flow)
            #expect(flow.memory?.usage.variantCount ?? 0 == 0)
            #expect(flow.disk.usage.variantCount == 0)
        }
    }

    @Test func `Deleted between the answer and the fill, it is left nowhere`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        _ = try await deliver("w=100", flow)
        _ = try await flow.originals.delete(cat)
        try await runFiller(of: flow)
        #expect(flow.memory?.usage.variantCount == 0)
        #expect(flow.disk.usage.variantCount == 0)
    }

    @Test func `Deleted while a slower tier was read, it is not kept in memory again`() async throws {
        let flow = TestFlow()
        let record = flow.store.put(cat, bytes)
        await flow.disk.store(try expected("w=100"), for: try key("w=100", record))
        let originals = flow.originals
        flow.disk.before(.find) { _ = try? await originals.delete(cat) }
        #expect(try await deliver("w=100", flow).origin == .tier("disk"))
        #expect(flow.disk.usage.variantCount == 0)
        #expect(flow.memory?.usage.variantCount == 0)
    }

    @Test func `The same bytes under another id don't go with a deleted one`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        let dog = try #require(OriginalID("dog"))
        flow.store.put(cat, bytes)
        flow.store.put(dog, bytes)
        flow.renderer.hold()
        let first = Task { try await deliver("w=200", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        let ofCat = Task { await fails("w=100", flow) }
        await eventually { flow.admission.load.queued == 1 }
        let ofDog = Task { try await deliver("w=100", flow, id: dog) }
        await eventually { flow.variants.flights.counts.waiters == 3 }
        flow.store.drop(cat)
        flow.renderer.release()
        _ = try await first.value
        #expect(await ofCat.value == "deletedOriginal")
        #expect(try await ofDog.value.variant == (try expected("w=100")))
    }

    @Test func `A store that can't say whether an original is still there doesn't cost the variant`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let caller = Task { try await deliver("w=100", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        flow.store.fail(.find, with: .unavailable(detail: "down"))
        flow.renderer.release()
        _ = try await caller.value
        #expect(flow.memory?.usage.variantCount == 1)
    }

    // MARK: - Too much, too late, nobody there

    @Test func `A render that takes too long is cancelled, and its callers are told`() async throws {
        let flow = TestFlow { $0.deadlineSeconds = 0.05 }
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        #expect(await fails("w=100", flow) == "deadlinePassed")
        await eventually { flow.renderer.counts.cancelled == 1 }
        await eventually { flow.admission.load.running == 0 }
        #expect(flow.memory?.usage.variantCount == 0)
    }

    @Test func `A job that waits too long for its turn is never started`() async throws {
        let flow = TestFlow {
            $0.permitCount = 1
            $0.deadlineSeconds = 0.05
        }
        flow.store.put(cat, bytes)
        let gate = Gate()
        let other = Task {
            try await flow.admission.withPermit(cost: 1) { _ async throws(AnysizeError) in await gate.wait() }
        }
        await eventually { flow.admission.load.running == 1 }
        #expect(await fails("w=100", flow) == "deadlinePassed")
        await eventually { flow.admission.load.queued == 0 }
        gate.open()
        try await other.value
        #expect(flow.renderer.counts.rendered == 0)
    }

    @Test func `More than can be done soon is refused`() async throws {
        let flow = TestFlow {
            $0.permitCount = 1
            $0.queueSecondsMax = 0
        }
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let first = Task { try await deliver("w=200", flow) }
        await eventually { flow.renderer.counts.held == 1 }
        #expect(await fails("w=100", flow) == "overloaded")
        flow.renderer.release()
        _ = try await first.value
        #expect(try await deliver("w=100", flow).origin == .render, "a refusal is not remembered")
    }

    @Test func `The last caller to leave takes the render along`() async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let callers = (0..<3).map { _ in Task { await fails("w=100", flow) } }
        await eventually { flow.variants.flights.counts.waiters == 3 && flow.renderer.counts.held == 1 }
        for caller in callers.dropLast() { caller.cancel() }
        for caller in callers.dropLast() { #expect(await caller.value == "callerGone") }
        #expect(flow.renderer.counts.held == 1, "one still waits")
        callers.last?.cancel()
        #expect(await callers.last?.value == "callerGone")
        await eventually { flow.renderer.counts.cancelled == 1 }
        await eventually { flow.admission.load.running == 0 }
    }

    @Test func `Originals are read only by jobs whose turn it is`() async throws {
        let flow = TestFlow { $0.permitCount = 2 }
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        let callers = (1...10).map { number in Task { try await deliver("w=\(number * 10)", flow) } }
        await eventually { flow.renderer.counts.held == 2 && flow.admission.load.queued == 8 }
        #expect(flow.store.count(of: .read) == 2)
        flow.renderer.release()
        for caller in callers { _ = try await caller.value }
        #expect(flow.store.count(of: .read) == 10)
    }

    // MARK: - Failures

    @Test(arguments: [
        (RenderError.failed(cause: "encoder"), "defect"),
        (.deadlinePassed, "deadlinePassed"),
        (.unavailable(cause: "no helper"), "overloaded"),
    ])
    func `A failure goes to all who wait, and the next caller tries again`(
        error: RenderError, name: String
    ) async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        flow.renderer.hold()
        flow.renderer.fail(with: error)
        let callers = (0..<5).map { _ in Task { await fails("w=100", flow) } }
        await eventually { flow.variants.flights.counts.waiters == 5 }
        flow.renderer.release()
        for caller in callers { #expect(await caller.value == name) }
        #expect(flow.renderer.counts.rendered == 1)
        flow.renderer.fail(with: nil)
        #expect(try await deliver("w=100", flow).origin == .render)
    }

    @Test(arguments: [
        (RenderError.undecodable(reason: "cut off", cause: "vips"), "undecodable"),
        (.beyondLimit(name: "pixels", actual: 2, max: 1), "beyondLimit"),
        (.unsupportedFormat, "unsupportedFormat"),
        (.fatal(reason: .crashed, cause: "signal 11"), "undecodable"),
        (.fatal(reason: .outOfMemory, cause: "signal 5"), "undecodable"),
    ])
    func `A variant that can't be made from its original is set aside for a while`(error: RenderError, name: String)
        async throws
    {
        let time = Shared(Date(timeIntervalSince1970: 1_800_000_000))
        let flow = TestFlow { $0.now = { time.value } }
        flow.store.put(cat, bytes)
        flow.renderer.fail(with: error)
        #expect(await fails("w=100", flow) == name)
        #expect(await fails("w=100", flow) == "setAside")
        #expect(flow.renderer.counts.rendered == 1)
        // Again after a while, and then less and less often, and in the end never.
        for (seconds, count) in [(31.0, 2), (121, 3), (481, 4), (1921, 5), (1_000_000, 5)] {
            time.change { $0 += seconds }
            _ = await fails("w=100", flow)
            #expect(flow.renderer.counts.rendered == count)
            #expect(await fails("w=100", flow) == "setAside")
        }
        flow.renderer.fail(with: nil)
        if case .fatal(reason: .crashed, _) = error {
            #expect(await fails("w=200", flow) == "setAside")
        } else {
            // Another variant may be cheaper to make; that one was not says nothing about it.
            #expect(try await deliver("w=200", flow).origin == .render)
        }
        #expect(await fails("w=100", flow) == "setAside")
    }

    @Test func `Crashes are bounded for an original, however many variants are asked for`() async throws {
        let time = Shared(Date(timeIntervalSince1970: 1_800_000_000))
        let flow = TestFlow { $0.now = { time.value } }
        flow.store.put(cat, bytes)
        flow.renderer.fail(with: .fatal(reason: .crashed, cause: "signal 11"))
        for width in 100..<140 { _ = await fails("w=\(width)", flow) }
        #expect(flow.renderer.counts.rendered == 3)
        for _ in 0..<10 {
            time.change { $0 += 100_000 }
            for width in 200..<210 { _ = await fails("w=\(width)", flow) }
        }
        #expect(flow.renderer.counts.rendered == 5)
        // A replacement starts clean.
        flow.renderer.fail(with: nil)
        flow.store.put(cat, SampleBytes.jpeg(seed: 9))
        #expect(try await deliver("w=200", flow).origin == .render)
    }

    @Test func `A drawing that takes too long is not drawn as large or larger`() async throws {
        let time = Shared(Date(timeIntervalSince1970: 1_800_000_000))
        let flow = TestFlow { $0.now = { time.value } }
        flow.store.put(cat, bytes, facts: .sample(400, 300, format: .svg))
        flow.renderer.fail(with: .fatal(reason: .timedOut, cause: ""))
        for width in 2000..<2040 { _ = await fails("w=\(width)", flow) }
        #expect(flow.renderer.counts.rendered == 1)
        // Much smaller may be another matter, but not at each pixel less.
        for width in (1000..<2000).reversed() { _ = await fails("w=\(width)", flow) }
        #expect((2...5).contains(flow.renderer.counts.rendered))
        flow.renderer.fail(with: nil)
        #expect(try await deliver("w=500", flow).origin == .render)
        #expect(await fails("w=1990", flow) == "setAside")
        time.change { $0 += 10_000 }
        #expect(try await deliver("w=1990", flow).origin == .render)
        // Pictures have pixels of their own: there it was the encoder.
        flow.store.put(cat, SampleBytes.jpeg(seed: 9))
        flow.renderer.fail(with: .fatal(reason: .timedOut, cause: ""))
        #expect(await fails("w=300", flow) == "undecodable")
        flow.renderer.fail(with: nil)
        #expect(try await deliver("w=299", flow).origin == .render)
    }

    @Test func `An original that can be decoded again has no mark any more`() async throws {
        let time = Shared(Date(timeIntervalSince1970: 1_800_000_000))
        let flow = TestFlow { $0.now = { time.value } }
        flow.store.put(cat, bytes)
        flow.renderer.fail(with: .fatal(reason: .timedOut, cause: ""))
        #expect(await fails("w=100", flow) == "undecodable")
        #expect(flow.marks.all.count == 1)
        flow.renderer.fail(with: nil)
        time.change { $0 += 31 }
        #expect(try await deliver("w=100", flow).origin == .render)
        #expect(flow.marks.all.isEmpty)
    }

    @Test(arguments: [
        (MemoryOriginalStore.Step.find, StoreError.unavailable(detail: "down"), "storeFailed"),
        (.read, .unavailable(detail: "down"), "storeFailed"),
        (.read, .damaged(detail: "flipped"), "originalDamaged"),
        (.read, .missing, "originalDamaged"),
    ])
    func `A store that fails fails the request`(
        step: MemoryOriginalStore.Step, error: StoreError, name: String
    ) async throws {
        let flow = TestFlow()
        flow.store.put(cat, bytes)
        flow.store.fail(step, with: error)
        #expect(await fails("w=100", flow) == name)
        #expect(flow.renderer.counts.rendered == 0)
        flow.store.fail(step, with: nil)
        #expect(try await deliver("w=100", flow).origin == .render)
    }
}

extension VariantServiceTests {
    private func answer(
        _ query: String, _ flow: TestFlow, id: OriginalID? = nil
    ) async throws -> (VariantService.Resolved, VariantService.Delivery) {
        let recipe = try Recipe(query: query)
        switch try await flow.variants.answer(id ?? cat, recipe, accepting: [], isKnown: { _ in false }) {
        case .variant(let resolved, let delivery): return (resolved, delivery)
        case .notModified: throw AnysizeError.defect(cause: "nothing was known")
        }
    }

    private func deliver(
        _ query: String, _ flow: TestFlow, id: OriginalID? = nil
    ) async throws -> VariantService.Delivery {
        try await answer(query, flow, id: id).1
    }

    private func fails(_ query: String, _ flow: TestFlow) async -> String? {
        await failure { _ = try await deliver(query, flow) }
    }

    private func settled(_ query: String) throws -> SettledRecipe {
        try Recipe(query: query).settled(for: .sample(400, 300))
    }

    private func key(_ query: String, _ record: OriginalRecord) throws -> VariantKey {
        VariantKey(original: record.digest, recipe: try settled(query), source: .original)
    }

    private func expected(_ query: String, _ bytes: ByteBuffer? = nil) throws -> Variant {
        FakeRenderer.variant(
            of: bytes ?? self.bytes, plan: .make(try settled(query), for: .sample(400, 300), from: .original))
    }

    /// Writes what is queued, as the end of the service does.
    private func runFiller(of flow: TestFlow) async throws {
        try await flow.filler.runToItsEnd()
    }
}
