import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import S3
import Synchronization
import Testing

@testable import AnysizeEngine

/// A real server behind a network that fails. One test at a time: what is slow for the machine's sake would count as a fault.
@Suite(.serialized, .timeLimit(.minutes(3))) struct S3FaultTests {
    let bucket: TestBucket
    let proxy: FaultingProxy
    private let bytes = StoreSample.bytes(300_000, seed: 1)

    init() async throws {
        bucket = try await TestBucket()
        proxy = try FaultingProxy(to: bucket.serverPort)
    }

    /// What passes when it is tried again.
    static let passing: [NetworkFault] = [
        .answer(500, code: "InternalError"), .answer(502, code: nil), .answer(503, code: "SlowDown"),
        .answer(503, code: nil),
        .answer(400, code: "RequestTimeout"), .reset, .stall,
    ]

    private func direct() -> StoreSample { StoreSample(store: bucket.store()) }
    private func faulty(_ rules: S3StoreRules = TestBucket.impatient()) -> StoreSample {
        StoreSample(store: bucket.store(through: proxy, rules: rules))
    }

    /// How many of the requests so far were of that method.
    private func count(_ method: String) -> Int { proxy.requests.count { $0.method == method } }

    @Test(arguments: passing + [.cutUpload(100_000), .flipUpload(at: 200_000)])
    func `an upload survives what passes`(_ fault: NetworkFault) async throws {
        let sample = faulty()
        proxy.fail(fault, "PUT", times: 2)
        let id = try StoreSample.id("kept")
        let (outcome, record) = try await sample.put(id, bytes)
        #expect(outcome == .created && count("PUT") == 3)
        try await direct().check(id, has: record, bytes)
    }

    @Test(arguments: passing + [.cutUpload(100_000), .flipUpload(at: 200_000)])
    func `an upload that fails three times isn't acknowledged, nor there`(_ fault: NetworkFault) async throws {
        let sample = faulty(TestBucket.impatient())
        proxy.fail(fault, "PUT")
        let id = try StoreSample.id("lost")
        await expectUnavailable { try await sample.put(id, bytes) }
        #expect(count("PUT") == 3)
        #expect(try await direct().store.find(id) == nil)
        #expect(bucket.disk.files(in: bucket.disk.data.staging).isEmpty)
        proxy.heal()
        #expect(try await sample.put(id, bytes).outcome == .created)
    }

    @Test(arguments: [WriteCondition.always, .absent])
    func `a write whose answer is lost is told from another's`(_ condition: WriteCondition) async throws {
        let sample = faulty()
        proxy.fail(.loseAnswer, "PUT", times: 1)
        let id = try StoreSample.id("unheard")
        let (outcome, record) = try await sample.put(id, bytes, if: condition)
        #expect(outcome == .created && count("PUT") == 2)
        try await direct().check(id, has: record, bytes)
        proxy.fail(.loseAnswer, "PUT", times: 1)
        let newer = try await sample.put(id, StoreSample.bytes(1000, seed: 2))
        #expect(newer.outcome == .replaced(record))
        proxy.fail(.loseAnswer, "PUT", times: 1)
        #expect(try await sample.store.delete(id) == newer.record)
        #expect(try await direct().store.find(id) == .deleted)
    }

    @Test func `a write that is answered never is not acknowledged, though it is there`() async throws {
        let sample = faulty()
        proxy.fail(.loseAnswer, "PUT")
        let id = try StoreSample.id("unheard")
        let count = sample.store.changeCount
        await expectUnavailable { try await sample.put(id, bytes) }
        // Whoever remembers this id has to look again.
        #expect(sample.store.changeCount > count)
        #expect(try await direct().store.find(id) != nil)
    }

    @Test(arguments: passing + [.cutDownload(100_000), .cutDownload(0), .flipDownload(at: 200_000)])
    func `a read survives what passes, and gives all bytes or none`(_ fault: NetworkFault) async throws {
        let id = try StoreSample.id("read")
        let (_, record) = try await direct().put(id, bytes)
        let store = faulty().store
        proxy.fail(fault, "GET", times: 1)
        #expect(try await store.read(record) == bytes)
        proxy.fail(fault, "GET")
        await expectFailure { try await store.read(record) }
        proxy.heal()
        #expect(try await store.read(record) == bytes)
    }

    @Test(arguments: passing)
    func `a look survives what passes, and what doesn't is never taken for absence`(_ fault: NetworkFault) async throws
    {
        let id = try StoreSample.id("looked-up")
        let (_, record) = try await direct().put(id, bytes)
        let store = faulty(TestBucket.impatient()).store
        proxy.fail(fault, "HEAD", times: 2)
        #expect(try await store.find(id) == .present(record))
        proxy.fail(fault)
        await expectUnavailable { try await store.find(id) }
        await expectUnavailable { try await store.list(after: nil, limit: 10) }
        await expectUnavailable { try await store.delete(id) }
        await expectUnavailable { try await store.check() }
        proxy.heal()
        #expect(try await store.find(id) == .present(record))
        try await store.check()
    }

    @Test func `a refusal is told at once, and isn't tried again`() async throws {
        let sample = faulty()
        for (status, code) in [
            (403, "AccessDenied"), (404, "NoSuchBucket"), (400, "InvalidArgument"), (301, "PermanentRedirect"),
        ] {
            let before = count("PUT")
            proxy.fail(.answer(status, code: code), "PUT")
            await expectUnavailable { try await sample.put(try StoreSample.id("refused"), bytes) }
            #expect(count("PUT") == before + 1, "\(code)")
        }
        proxy.fail(.answer(507, code: nil), "PUT")
        await #expect(throws: StoreError.full(detail: "no room (status 507)")) {
            try await sample.put(try StoreSample.id("refused"), bytes)
        }
        proxy.fail(.answer(403, code: nil))
        await expectUnavailable { try await sample.store.find(try StoreSample.id("refused")) }
    }

    @Test func `in parts, what fails is tried again part by part, and what fails for good is aborted`() async throws {
        var rules = TestBucket.inParts
        rules.limits.idleSeconds = 5
        let sample = faulty(rules)
        let large = StoreSample.bytes(12_000_000, seed: 1)
        let id = try StoreSample.id("large")
        proxy.fail(.cutUpload(1_000_000), "PUT", times: 1)
        let (_, record) = try await sample.put(id, large)
        #expect(count("PUT") == 4)
        try await direct().check(id, has: record, large)
        let newer = StoreSample.bytes(12_000_000, seed: 2)
        for method in ["PUT", "POST"] {
            proxy.fail {
                $0.method == method && !$0.target.contains("uploads=") ? .answer(500, code: "InternalError") : nil
            }
            await expectUnavailable { try await sample.put(id, newer) }
            try await direct().check(id, has: record, large)
        }
        let store = bucket.store()
        #expect(try await store.client.unfinishedUploads(prefix: bucket.prefix).isEmpty)
        // The answer to the completion is lost: the second finds no upload, and the look tells why.
        let isFirst = Atomic(true)
        proxy.fail {
            let isCompletion = $0.method == "POST" && !$0.target.contains("uploads=")
            return isCompletion && isFirst.exchange(false, ordering: .relaxed) ? .loseAnswer : nil
        }
        #expect(try await sample.put(id, newer).outcome == .replaced(record))
    }

    @Test func `when everything fails, requests grow by a tenth`() async throws {
        let store = faulty().store
        let id = try StoreSample.id("down")
        proxy.fail(.answer(503, code: "SlowDown"))
        for _ in 0..<200 { await expectUnavailable { try await store.find(id) } }
        // 200, ten that had been saved, and a tenth of what was asked.
        #expect((200...231).contains(proxy.requests.count))
        #expect(bucket.disk.metrics.count("slow-down") <= 30)
        proxy.heal()
        #expect(try await store.find(id) == nil)
    }

    @Test func `a stall takes no longer than the request may`() async throws {
        let store = faulty(TestBucket.impatient(idle: 30, request: 1)).store
        proxy.fail(.stall)
        let start = ContinuousClock.now
        await expectUnavailable { try await store.find(try StoreSample.id("stalled")) }
        #expect(ContinuousClock.now - start < .milliseconds(1500))
        let cancelled = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await store.find(StoreSample.id("stalled")) }
            try? await Task.sleep(for: .milliseconds(100))
            group.cancelAll()
        }
        #expect(ContinuousClock.now - cancelled < .milliseconds(800), "who has left doesn't wait")
    }

    @Test func `nobody there is told soon`() async throws {
        let port = try LoopbackSocket.freePorts(1)[0]
        let store = TestBucket.store(port: port, prefix: "x", on: bucket.disk)
        let start = ContinuousClock.now
        await expectUnavailable { try await store.find(try StoreSample.id("nobody")) }
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func `a missing bucket is a fault, not a lot of missing originals`() async throws {
        let store = bucket.store(bucket: "nowhere")
        let id = try StoreSample.id("any")
        await expectUnavailable { try await store.find(id) }
        await expectUnavailable { try await store.delete(id) }
        await expectUnavailable { try await store.check() }
        await expectUnavailable { try await StoreSample(store: store).put(id, bytes) }
    }

    @Test func `a wrong key is told without its secret`() async throws {
        let store = bucket.store(secret: "HUSH-HUSH")
        do {
            try await store.check()
            Issue.record("it worked")
        } catch {
            #expect("\(error)".contains("denied") && !"\(error)".contains("HUSH"))
        }
    }

    @Test func `a server that ignores conditions is found out`() async throws {
        let server = try LoopbackServer { connection, request in
            switch request.method {
            case "HEAD": connection.answer(request.target.contains("probe") ? 404 : 200, [:], "", isHead: true)
            case "DELETE": connection.write("HTTP/1.1 204 Gone\r\n\r\n".utf8)
            default: connection.answer(200, ["etag": "\"1\""])
            }
        }
        defer { server.stop() }
        let store = TestBucket.store(port: server.port, prefix: "x", on: bucket.disk)
        guard case .unfit(let reason) = await store.prove() else {
            Issue.record("it was taken for fit")
            return
        }
        #expect(reason.contains("ignores If-None-Match"))
        await expectUnavailable { try await store.check() }
    }

    @Test func `a check writes once a minute, and asks for the bucket in between`() async throws {
        let store = faulty().store
        for _ in 0..<5 { try await store.check() }
        #expect(count("PUT") == 3 && count("GET") == 1 && count("DELETE") == 1 && count("HEAD") == 2 + 4)
        let left = try await bucket.store().client.list(prefix: bucket.prefix + "/", after: nil, limit: 10).keys
        // This server lists the empty directory that is left as well.
        #expect(left.filter { !$0.hasSuffix("/") } == [])
    }

    @Test func `uploads take two requests, reads and looks one`() async throws {
        let sample = faulty()
        try await sample.store.check()
        let id = try StoreSample.id("counted")
        let before = proxy.requests.count
        let (_, record) = try await sample.put(id, bytes)
        #expect(proxy.requests.count == before + 2)
        _ = try await sample.store.find(id)
        #expect(proxy.requests.count == before + 3)
        _ = try await sample.store.read(record)
        #expect(proxy.requests.count == before + 4)
        _ = try await sample.store.delete(id)
        #expect(proxy.requests.count == before + 6)
        #expect(bucket.disk.metrics.count("put") >= 2)
    }

    private func expectFailure<Value>(_ work: () async throws -> Value) async {
        do {
            _ = try await work()
            Issue.record("a failure was taken for success")
        } catch {}
    }

    private func expectUnavailable<Value>(_ work: () async throws -> Value) async {
        do {
            _ = try await work()
            Issue.record("a failure was taken for success")
        } catch {
            guard case .unavailable = error as? StoreError else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
