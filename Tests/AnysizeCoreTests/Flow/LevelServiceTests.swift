import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct LevelServiceTests {
    private let bytes = SampleBytes.jpeg()
    private let id = OriginalRecord.sample().id

    private func flow() -> TestFlow {
        let flow = TestFlow { $0.pyramid = Pyramid() }
        flow.renderer.find(.sample(4000, 3000))
        _ = flow.store.put(id, bytes, facts: .sample(4000, 3000))
        return flow
    }

    private func deliver(_ query: String, _ flow: TestFlow) async throws -> VariantService.Delivery {
        let resolved = try await flow.variants.resolve(id, try Recipe(query: query), accepting: [])
        return try await flow.variants.deliver(resolved)
    }

    @Test func `Missing levels are made once for all who need them, and kept`() async throws {
        let flow = flow()
        flow.renderer.hold()
        let callers = [100, 200, 300, 400, 900].map { width in Task { try await deliver("w=\(width)", flow) } }
        await eventually { flow.renderer.counts.held == 1 }
        flow.renderer.release()
        var timings: [DeliveryTimings] = []
        for caller in callers { timings.append(try await caller.value.timings) }
        // One that comes late finds them there.
        #expect(timings.contains { $0.levels != nil })
        #expect(flow.renderer.counts.examined == 1)
        #expect(flow.renderer.counts.rendered == 5)
        #expect(flow.store.count(of: .read) == 1)
        #expect(try await deliver("w=500", flow).timings.levels == nil)
        #expect(flow.renderer.counts.examined == 1)
        #expect(flow.store.count(of: .read) == 1)
    }

    /// A tier may give back anything; the original is sound, and so is what is asked for.
    @Test(arguments: [
        RenderError.undecodable(reason: "damaged", cause: ""), .unsupportedFormat,
        .beyondLimit(name: "byteCount", actual: 2, max: 1),
    ])
    func `A level that can't be read is made again`(error: RenderError) async throws {
        let flow = flow()
        _ = try await deliver("w=999", flow)
        #expect(flow.renderer.counts.examined == 1)
        flow.renderer.failOnce(with: error)
        #expect(try await deliver("w=320", flow).timings.levels != nil)
        #expect(flow.renderer.counts.examined == 2)
    }

    @Test func `The same bytes come out, whether a level was there or made again`() async throws {
        let (first, second) = (flow(), flow())
        _ = try await deliver("w=999", first)
        let kept = try await deliver("w=320", first)
        let made = try await deliver("w=320", second)
        #expect(kept.timings.levels == nil && made.timings.levels != nil)
        #expect(kept.variant == made.variant)
    }

    @Test func `An upload leaves its levels in the tiers`() async throws {
        let flow = TestFlow { $0.pyramid = Pyramid() }
        flow.renderer.find(.sample(4000, 3000))
        let receipt = try await flow.uploads.receive(
            AsyncStream {
                $0.yield(bytes); $0.finish()
            }, as: .content)
        #expect(flow.disk.keys.count == Pyramid().levels(of: PixelSize(width: 4000, height: 3000)).count)
        let resolved = try await flow.variants.resolve(receipt.record.id, try Recipe(query: "w=320"), accepting: [])
        #expect(try await flow.variants.deliver(resolved).timings.levels == nil)
        #expect(flow.renderer.counts.examined == 1)
    }

    @Test func `A deletion takes the levels along`() async throws {
        let flow = flow()
        _ = try await deliver("w=320", flow)
        #expect(!flow.disk.keys.isEmpty)
        _ = try await flow.originals.delete(id)
        #expect(flow.disk.keys.isEmpty)
    }

    @Test func `Levels of an original that was deleted meanwhile don't stay behind`() async throws {
        let flow = flow()
        flow.disk.before(.store) { _ = try? await flow.store.delete(id) }
        _ = try? await deliver("w=320", flow)
        #expect(flow.disk.keys.isEmpty)
    }

    @Test func `What is larger than the largest level comes from the original`() async throws {
        let flow = flow()
        _ = try await deliver("w=3000", flow)
        #expect(flow.renderer.counts.examined == 0)
        #expect(flow.store.count(of: .read) == 1)
        #expect(flow.disk.keys.isEmpty)
    }

    @Test func `A record that tells of another picture is an answer, and is set aside`() async throws {
        let flow = flow()
        flow.renderer.find(.sample(400, 300))
        #expect(await failure { _ = try await deliver("w=320", flow) } == "undecodable")
        #expect(await failure { _ = try await deliver("w=100", flow) } == "setAside")
        #expect(flow.renderer.counts.examined == 1)
    }
}
