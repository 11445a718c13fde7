import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct OverlayFlowTests {
    private let cat = OriginalID("cat")!
    private let logo = OriginalID("logo")!
    private let query = "w=100&overlay=logo"

    private func flow(isLevelled: Bool = true) -> TestFlow {
        let flow = TestFlow { $0.pyramid = Pyramid(isEnabled: isLevelled) }
        flow.store.put(cat, SampleBytes.jpeg())
        flow.store.put(logo, SampleBytes.jpeg(seed: 2))
        return flow
    }

    private func deliver(
        _ query: String, _ flow: TestFlow
    ) async throws -> (VariantService.Resolved, VariantService.Delivery) {
        let answer = try await flow.variants.answer(
            cat, try Recipe(query: query), accepting: [], isKnown: { _ in false })
        guard case .variant(let resolved, let delivery) = answer else {
            throw AnysizeError.defect(cause: "nothing was known")
        }
        return (resolved, delivery)
    }

    @Test(arguments: [true, false]) func `An overlay is rendered from its level, which is made where it is missing`(
        isLevelled: Bool
    ) async throws {
        let flow = flow(isLevelled: isLevelled)
        let (resolved, first) = try await deliver(query, flow)
        #expect(resolved.source == (isLevelled ? .level(resolved.source.level!) : .original))
        #expect(String(buffer: first.variant.bytes).contains("with level 1 200x150 of"))
        #expect(first.timings.levels != nil)
        #expect(flow.renderer.counts.examined == (isLevelled ? 2 : 1))
        // Levels are kept, the picture's own too.
        let (_, second) = try await deliver("w=90&overlay=logo", flow)
        #expect(second.timings.levels == nil)
        #expect(flow.renderer.counts.examined == (isLevelled ? 2 : 1))
    }

    @Test func `An overlay that isn't there is told`() async throws {
        let flow = flow()
        #expect(await failure { _ = try await deliver("w=100&overlay=nobody", flow) } == "unknownOverlay")
        #expect(flow.renderer.counts.rendered == 0)
    }

    @Test func `A variant that was served isn't any more once its overlay is deleted`() async throws {
        let flow = flow()
        let (resolved, _) = try await deliver(query, flow)
        #expect(try await deliver(query, flow).1.origin == .tier("memory"))
        #expect(flow.variants.isKnownCurrent(resolved))
        flow.store.drop(logo)
        #expect(!flow.variants.isKnownCurrent(resolved))
        await #expect {
            _ = try await deliver(query, flow)
        } throws: {
            if case .unknownOverlay(isDeleted: true) = $0 as? AnysizeError { true } else { false }
        }
    }

    @Test func `A replaced overlay gives another variant`() async throws {
        let flow = flow()
        let (old, before) = try await deliver(query, flow)
        flow.store.put(logo, SampleBytes.jpeg(seed: 3))
        let (new, after) = try await deliver(query, flow)
        #expect(old.key != new.key && before.variant != after.variant)
        #expect(!flow.variants.isKnownCurrent(old) && flow.variants.isKnownCurrent(new))
        #expect(after.origin == .render)
    }

    @Test func `An overlay that is replaced while its level is being made is asked for again`() async throws {
        let flow = flow()
        flow.store.before(.read) { flow.store.put(self.logo, SampleBytes.jpeg(seed: 3)) }
        let (resolved, _) = try await deliver("w=100&format=png&lossless=1&overlay=logo", flow)
        #expect(resolved.overlay?.record.digest == Digest(of: SampleBytes.jpeg(seed: 3)))
    }

    @Test func `A text is rendered where uploads are decoded, from a level all the same`() async throws {
        let flow = flow()
        let (resolved, delivery) = try await deliver("w=100&text=Hello", flow)
        #expect(resolved.source.level != nil)
        #expect(String(buffer: delivery.variant.bytes).contains("Hello"))
        // What goes wrong there is remembered of that text on that picture, and neither of the picture nor of other texts.
        flow.renderer.fail(with: .fatal(reason: .crashed, cause: "a text"))
        #expect(await failure { _ = try await deliver("w=100&text=bad", flow) } == "undecodable")
        flow.renderer.fail(with: nil)
        #expect(await failure { _ = try await deliver("w=100&text=bad", flow) } == "setAside")
        #expect(try await deliver("w=100&text=good", flow).1.origin == .render)
        #expect(try await deliver("w=90", flow).1.origin == .render)
    }

    @Test func `Texts that crash make no original suspect`() async throws {
        let flow = flow(isLevelled: false)
        flow.renderer.fail(with: .fatal(reason: .crashed, cause: "a text"))
        for text in ["a", "b", "c", "d"] { _ = await failure { _ = try await deliver("w=100&text=\(text)", flow) } }
        flow.renderer.fail(with: nil)
        #expect(await failure { _ = try await deliver("w=100&text=e", flow) } == "setAside")
        #expect(try await deliver("w=100", flow).1.origin == .render)
    }

    @Test func `Only with ids of content for both is a URL forever`() async throws {
        let flow = flow()
        let bytes = SampleBytes.jpeg(seed: 5)
        let derived = OriginalID(contentOf: Digest(of: bytes))
        flow.store.put(derived, bytes)
        for (id, overlay, isImmutable) in [(derived, derived, true), (derived, logo, false), (cat, derived, false)] {
            let resolved = try await flow.variants.resolve(
                id, try Recipe(query: "w=10&overlay=\(overlay)"), accepting: [])
            #expect(resolved.isImmutable == isImmutable)
        }
    }
}

extension RenderSource {
    fileprivate var level: PyramidLevel? {
        if case .level(let level) = self { level } else { nil }
    }
}
