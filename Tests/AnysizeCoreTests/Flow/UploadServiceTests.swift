import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite(.timeLimit(.minutes(1))) struct UploadServiceTests {
    private let cat = OriginalID("cat")!
    private let bytes = SampleBytes.jpeg()

    // MARK: - What is taken in

    @Test func `What was uploaded is stored byte for byte, with what is known of it`() async throws {
        let flow = TestFlow()
        flow.renderer.find(.sample(640, 480, orientation: 6))
        let receipt = try await upload(bytes, .content, flow)
        let record = receipt.record
        #expect(receipt.outcome == .created)
        #expect(record.id == OriginalID(contentOf: Digest(of: bytes)))
        #expect(record.digest == Digest(of: bytes))
        #expect(record.byteCount == bytes.readableBytes)
        #expect(record.facts == .sample(640, 480, orientation: 6))
        #expect(record.created.timeIntervalSince1970 == record.created.timeIntervalSince1970.rounded(.down))
        #expect(try await flow.store.find(record.id) == .present(record))
        #expect(try await flow.store.read(record) == bytes)
        #expect(receipt.timings.decode != nil && receipt.timings.store != nil)
        #expect(flow.store.stagedCount == 0)
    }

    @Test(arguments: [1, 2, 3, 511, 512, 513, 1000])
    func `However the body is cut, it is the same upload`(chunkByteCount: Int) async throws {
        let flow = TestFlow()
        let body = Body(bytes, chunkByteCount: chunkByteCount)
        let receipt = try await flow.uploads.receive(body, as: .content)
        #expect(receipt.record.digest == Digest(of: bytes))
        #expect(try await flow.store.read(receipt.record) == bytes)
    }

    @Test func `A file shorter than what names a format needs is named by what there is`() async throws {
        let flow = TestFlow()
        let receipt = try await upload(ByteBuffer(bytes: [0xFF, 0xD8, 0xFF]), .content, flow)
        #expect(receipt.record.facts.format == .jpeg)
    }

    @Test func `The same bytes again are known without a look at them`() async throws {
        let flow = TestFlow()
        let first = try await upload(bytes, .content, flow)
        let second = try await upload(bytes, .content, flow)
        #expect(second.outcome == .unchanged(first.record))
        #expect(second.record == first.record)
        #expect(second.timings.decode == nil)
        #expect(flow.renderer.counts.examined == 1)
        #expect(flow.store.count(of: .commit) == 2, "the answer is a promise again, which only the store can give")
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `After a deletion the same bytes are new`() async throws {
        let flow = TestFlow()
        let first = try await upload(bytes, .content, flow)
        _ = try await flow.originals.delete(first.record.id)
        #expect(try await upload(bytes, .content, flow).outcome == .recreated)
        #expect(flow.renderer.counts.examined == 2)
    }

    @Test func `Many uploads of the same bytes are looked at once`() async throws {
        let flow = TestFlow()
        flow.renderer.hold()
        let callers = (0..<10).map { _ in Task { try await upload(bytes, .content, flow).outcome } }
        await eventually { flow.renderer.counts.held == 1 && flow.store.count(of: .find) == 10 }
        flow.renderer.release()
        var outcomes: [CommitOutcome] = []
        for caller in callers { outcomes.append(try await caller.value) }
        #expect(outcomes.filter { $0 == .created }.count == 1)
        #expect(flow.renderer.counts.examined == 1)
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `An upload that leaves takes nothing from another one of the same bytes`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        flow.renderer.hold()
        let other = Task { try await upload(SampleBytes.jpeg(seed: 9), .content, flow) }
        await eventually { flow.renderer.counts.held == 1 }
        let leaving = Task { await fails(bytes, .content, flow) }
        await eventually { flow.intake.load.queued == 1 }
        let staying = Task { await fails(bytes, .content, flow) }
        await eventually { flow.store.count(of: .find) == 3 }
        leaving.cancel()
        #expect(await leaving.value == "callerGone")
        await eventually { flow.store.stagedCount == 2 }
        flow.renderer.release()
        _ = try await other.value
        let outcome = await staying.value
        #expect(outcome == nil)
    }

    @Test func `An upload doesn't wait behind renders`() async throws {
        let flow = TestFlow { $0.permitCount = 1 }
        let gate = Gate()
        let render = Task {
            try await flow.admission.withPermit(cost: 100) { _ async throws(AnysizeError) in await gate.wait() }
        }
        await eventually { flow.admission.load.running == 1 }
        #expect(try await upload(bytes, .content, flow).outcome == .created)
        gate.open()
        try await render.value
    }

    // MARK: - What is refused before it has all been read

    @Test func `A body that is too long is read no further than to its limit`() async throws {
        let flow = TestFlow { $0.uploadByteCountMax = 1000 }
        let body = Body(SampleBytes.jpeg(10_000), chunkByteCount: 400)
        let name = await failure { _ = try await flow.uploads.receive(body, as: .content) }
        #expect(name == "tooManyBytes")
        #expect(body.chunksRead == 3)
        #expect(flow.store.count(of: .append) == 0, "what is gathered is not written")
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `A body of exactly the limit is taken`() async throws {
        let flow = TestFlow { $0.uploadByteCountMax = 1000 }
        #expect(try await upload(SampleBytes.jpeg(1000), .content, flow).outcome == .created)
    }

    @Test func `What is no image is refused by its first bytes`() async throws {
        let flow = TestFlow()
        let body = Body(SampleBytes.make(50_000, seed: 3), chunkByteCount: 200)
        let name = await failure { _ = try await flow.uploads.receive(body, as: .content) }
        #expect(name == "unsupportedFormat")
        #expect(body.chunksRead == 3, "512 bytes are enough to tell")
        #expect(flow.renderer.counts.examined == 0)
        #expect(flow.store.stagedCount == 0)
    }

    @Test(arguments: [0, 1, 2, 100]) func `A short body that is no image is refused at its end`(
        byteCount: Int
    ) async throws {
        #expect(await fails(ByteBuffer(repeating: 0x41, count: byteCount), .content, TestFlow()) == "unsupportedFormat")
    }

    @Test func `What a caller announces is checked before the body`() async throws {
        let flow = TestFlow { $0.uploadByteCountMax = 1000 }
        flow.store.put(cat, bytes)
        func check(_ byteCount: Int?, _ target: UploadService.Target) async -> String? {
            await failure { try await flow.uploads.checkBefore(byteCount: byteCount, target: target) }
        }
        #expect(await check(1000, .content) == nil)
        #expect(await check(nil, .content) == nil)
        #expect(await check(1001, .content) == "tooManyBytes")
        #expect(await check(nil, .chosen(cat, .absent)) == "preconditionFailed")
        #expect(await check(nil, .chosen(cat, .always)) == nil)
        flow.store.fail(.find, with: .unavailable(detail: "down"))
        #expect(await check(nil, .chosen(cat, .absent)) == "storeFailed")
        #expect(await check(nil, .content) == nil, "no look-up without need")
    }

    // MARK: - Chosen ids

    @Test func `An id of the form of content ids is only for the bytes it is of`() async throws {
        let flow = TestFlow()
        let content = OriginalID(contentOf: Digest(of: bytes))
        #expect(await fails(SampleBytes.jpeg(seed: 2), .chosen(content, .always), flow) == "badRequest")
        #expect(flow.renderer.counts.examined == 0)
        #expect(try await upload(bytes, .chosen(content, .always), flow).outcome == .created)
        let shouted = try #require(OriginalID(content.description.uppercased()))
        #expect(try await upload(SampleBytes.jpeg(seed: 2), .chosen(shouted, .always), flow).outcome == .created)
    }

    /// One write to an id that has or hasn't got an original.
    struct ConditionCase: CustomTestStringConvertible, Sendable {
        let there: Int?
        let condition: WriteCondition
        let isAllowed: Bool

        var testDescription: String { "\(there.map { "bytes \($0)" } ?? "nothing") there, \(condition)" }
    }

    @Test(arguments: [
        ConditionCase(there: nil, condition: .always, isAllowed: true),
        ConditionCase(there: nil, condition: .absent, isAllowed: true),
        ConditionCase(there: nil, condition: .present, isAllowed: false),
        ConditionCase(there: nil, condition: .matching([Digest(of: SampleBytes.jpeg(seed: 2))]), isAllowed: false),
        ConditionCase(there: 2, condition: .always, isAllowed: true),
        ConditionCase(there: 2, condition: .absent, isAllowed: false),
        ConditionCase(there: 2, condition: .present, isAllowed: true),
        ConditionCase(there: 2, condition: .matching([Digest(of: SampleBytes.jpeg(seed: 2))]), isAllowed: true),
        ConditionCase(there: 2, condition: .matching([Digest(of: SampleBytes.jpeg(seed: 3))]), isAllowed: false),
        ConditionCase(there: 2, condition: .matching([]), isAllowed: false),
        // The very bytes that are uploaded: a condition counts even where nothing would change.
        ConditionCase(there: 1, condition: .absent, isAllowed: false),
        ConditionCase(there: 1, condition: .present, isAllowed: true),
    ])
    func `A write happens where its condition holds`(_ sample: ConditionCase) async throws {
        let flow = TestFlow()
        if let seed = sample.there { flow.store.put(cat, SampleBytes.jpeg(seed: seed)) }
        let name = await fails(bytes, .chosen(cat, sample.condition), flow)
        #expect(name == (sample.isAllowed ? nil : "preconditionFailed"))
        #expect(flow.store.stagedCount == 0)
        #expect(flow.renderer.counts.examined == (sample.isAllowed && sample.there != 1 ? 1 : 0))
    }

    @Test func `A replacement tells what was there and frees its variants`() async throws {
        let flow = TestFlow()
        let old = try await upload(bytes, .chosen(cat, .always), flow).record
        let kept = OriginalTag(Digest(of: ByteBuffer(string: "another original")))
        for (number, tag) in [OriginalTag(old.digest), kept].enumerated() {
            let key = try #require(VariantKey("\(tag)\(String(repeating: "0", count: 40))"))
            await flow.memory?.store(CacheSample.variant(100, seed: number), for: key)
            await flow.disk.store(CacheSample.variant(100, seed: number), for: key)
        }
        let new = SampleBytes.jpeg(seed: 2)
        let receipt = try await upload(new, .chosen(cat, .always), flow)
        #expect(receipt.outcome == .replaced(old))
        #expect(flow.memory?.usage.variantCount == 1)
        #expect(flow.disk.usage.variantCount == 1)
        #expect(try await flow.store.read(receipt.record) == new)
    }

    // MARK: - Failures

    /// A way to fail, and what the caller gets.
    struct FailureCase: CustomTestStringConvertible, Sendable {
        let name: String
        let error: String
        let prepare: @Sendable (TestFlow) -> Void

        init(_ name: String, _ error: String, _ prepare: @escaping @Sendable (TestFlow) -> Void) {
            self.name = name
            self.error = error
            self.prepare = prepare
        }

        init(_ step: MemoryOriginalStore.Step, _ error: StoreError, is name: String) {
            self.init("\(step) fails: \(error)", name) { $0.store.fail(step, with: error) }
        }

        init(examiningFails error: RenderError, is name: String) {
            self.init("examining fails: \(error)", name) { $0.renderer.fail(with: error) }
        }

        var testDescription: String { name }
    }

    @Test(arguments: [
        FailureCase(.stage, .full(detail: ""), is: "storeFull"),
        FailureCase(.stage, .unavailable(detail: ""), is: "storeFailed"),
        FailureCase(.append, .full(detail: ""), is: "storeFull"),
        FailureCase(.append, .unavailable(detail: ""), is: "storeFailed"),
        FailureCase(.stagedBytes, .unavailable(detail: ""), is: "storeFailed"),
        FailureCase(.find, .unavailable(detail: ""), is: "storeFailed"),
        FailureCase(.commit, .full(detail: ""), is: "storeFull"),
        FailureCase(.commit, .unavailable(detail: ""), is: "storeFailed"),
        FailureCase(.commit, .conditionFailed, is: "preconditionFailed"),
        FailureCase(examiningFails: .undecodable(reason: "cut off", cause: ""), is: "undecodable"),
        FailureCase(examiningFails: .unsupportedFormat, is: "unsupportedFormat"),
        FailureCase(examiningFails: .beyondLimit(name: "pixels", actual: 2, max: 1), is: "beyondLimit"),
        FailureCase(examiningFails: .deadlinePassed, is: "deadlinePassed"),
        FailureCase(examiningFails: .failed(cause: ""), is: "defect"),
    ])
    func `A failure leaves nothing behind, and the next try is a new one`(_ sample: FailureCase) async throws {
        let flow = TestFlow()
        let untouched = TestFlow()
        sample.prepare(flow)
        #expect(await fails(bytes, .chosen(cat, .always), flow) == sample.error)
        #expect(flow.store.stagedCount == 0)
        for step in MemoryOriginalStore.Step.allCases { flow.store.fail(step, with: nil) }
        flow.renderer.fail(with: nil)
        #expect(try await flow.store.find(cat) == untouched.store.find(cat))
        #expect(try await upload(bytes, .chosen(cat, .always), flow).outcome == .created)
    }

    @Test func `Where originals find no room, caches give way`() async throws {
        let flow = TestFlow()
        flow.store.fail(.append, with: .unavailable(detail: ""))
        #expect(await fails(bytes, .content, flow) == "storeFailed")
        #expect(flow.disk.count(of: .giveWay) == 0)
        flow.store.fail(.append, with: .full(detail: ""))
        #expect(await fails(bytes, .content, flow) == "storeFull")
        #expect(flow.disk.count(of: .giveWay) == 1)
    }

    @Test func `A record that can't be read stands in the way of conditions only`() async throws {
        let flow = TestFlow()
        flow.store.fail(.find, with: .damaged(detail: ""))
        #expect(await fails(bytes, .chosen(cat, .absent), flow) == "originalDamaged")
        #expect(await fails(bytes, .chosen(cat, .always), flow) == nil)
        #expect(flow.store.stagedCount == 0)
    }

    @Test(arguments: [
        (AnysizeError.callerGone as any Error, "callerGone"), (CancellationError(), "callerGone"),
        (AnysizeError.badRequest(parameter: "file", detail: ""), "badRequest"), (BodyError(), "defect"),
    ])
    func `A body that breaks off leaves nothing behind`(error: any Error, name: String) async throws {
        let flow = TestFlow()
        let body = Body(bytes, chunkByteCount: 400, error: error)
        #expect(await failure { _ = try await flow.uploads.receive(body, as: .content) } == name)
        #expect(flow.store.stagedCount == 0)
        #expect(flow.renderer.counts.examined == 0)
    }

    @Test func `A caller that leaves takes the look at its bytes along`() async throws {
        let flow = TestFlow()
        flow.renderer.hold()
        let caller = Task { await fails(bytes, .content, flow) }
        await eventually { flow.renderer.counts.held == 1 }
        caller.cancel()
        #expect(await caller.value == "callerGone")
        await eventually { flow.renderer.counts.cancelled == 1 }
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `A look that takes too long is ended`() async throws {
        let flow = TestFlow { $0.deadlineSeconds = 0.05 }
        flow.renderer.hold()
        #expect(await fails(bytes, .content, flow) == "deadlinePassed")
        await eventually { flow.renderer.counts.cancelled == 1 }
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `More uploads than can be looked at soon are refused`() async throws {
        let flow = TestFlow {
            $0.permitCount = 1
            $0.queueSecondsMax = 0
        }
        flow.renderer.hold()
        let first = Task { await fails(SampleBytes.jpeg(seed: 2), .content, flow) }
        await eventually { flow.renderer.counts.held == 1 }
        #expect(await fails(bytes, .content, flow) == "overloaded")
        flow.renderer.release()
        #expect(await first.value == nil)
        #expect(flow.store.stagedCount == 0)
    }

    @Test func `Of two that may only create, one does`() async throws {
        let flow = TestFlow()
        flow.renderer.hold()
        let callers = (1...2).map { seed in
            Task { await fails(SampleBytes.jpeg(seed: seed), .chosen(cat, .absent), flow) }
        }
        await eventually { flow.renderer.counts.held == 2 }
        flow.renderer.release()
        var names: [String?] = []
        for caller in callers { names.append(await caller.value) }
        #expect(Set(names) == [nil, "preconditionFailed"])
        #expect(flow.store.stagedCount == 0)
    }
}

extension UploadServiceTests {
    private func upload(
        _ bytes: ByteBuffer, _ target: UploadService.Target, _ flow: TestFlow
    ) async throws -> UploadService.Receipt {
        try await flow.uploads.receive(Body(bytes, chunkByteCount: 4096), as: target)
    }

    private func fails(_ bytes: ByteBuffer, _ target: UploadService.Target, _ flow: TestFlow) async -> String? {
        await failure { _ = try await upload(bytes, target, flow) }
    }
}

private struct BodyError: Error {}

/// A body in chunks that counts how many were asked for, and may end in an error.
private struct Body: AsyncSequence {
    private let chunks: [ByteBuffer]
    private let error: (any Error)?
    private let read = Shared(0)

    init(_ bytes: ByteBuffer, chunkByteCount: Int, error: (any Error)? = nil) {
        var rest = bytes
        var chunks: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            chunks.append(rest.readSlice(length: Swift.min(chunkByteCount, rest.readableBytes)) ?? rest)
        }
        self.chunks = chunks
        self.error = error
    }

    var chunksRead: Int { read.value }

    func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks[...], error: error, read: read) }

    struct Iterator: AsyncIteratorProtocol {
        var chunks: ArraySlice<ByteBuffer>
        let error: (any Error)?
        let read: Shared<Int>

        mutating func next() async throws -> ByteBuffer? {
            if let chunk = chunks.popFirst() {
                read.change { $0 += 1 }
                return chunk
            }
            if let error { throw error }
            return nil
        }
    }
}
