import AnysizeTesting
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import AnysizeCore

@Suite(.timeLimit(.minutes(1))) struct CacheFillerTests {
    private let record = OriginalRecord.sample()

    @Test func `At the end what is queued is still written`() async throws {
        let disk = FakeCache()
        let filler = CacheFiller(tiers: [disk]) { _ in true }
        for number in 0..<100 { filler.enqueue(try job(number)) }
        try await filler.runToItsEnd()
        #expect(disk.usage.variantCount == 100)
    }

    @Test func `What is queued while it runs is written without an end`() async throws {
        let disk = FakeCache()
        let filler = CacheFiller(tiers: [disk]) { _ in true }
        let running = Task { try await filler.run() }
        for number in 0..<20 { filler.enqueue(try job(number)) }
        await eventually { disk.usage.variantCount == 20 }
        running.cancel()
        try await running.value
    }

    @Test func `Each tier is filled`() async throws {
        let tiers = [FakeCache(name: "disk"), FakeCache(name: "redis")]
        let filler = CacheFiller(tiers: tiers) { _ in true }
        filler.enqueue(try job(1))
        try await filler.runToItsEnd()
        for tier in tiers { #expect(tier.keys == [try job(1).key]) }
    }

    @Test func `More bytes than may wait are dropped, and room comes back`() async throws {
        let disk = FakeCache()
        let gate = Gate()
        let filler = CacheFiller(tiers: [disk], byteCountMax: 1000) { _ in true }
        disk.before(.store) { await gate.wait() }
        for number in 0..<20 { filler.enqueue(try job(number, byteCount: 100)) }
        let running = Task { try await filler.run() }
        await eventually { disk.usage.variantCount == 9 }
        gate.open()
        await eventually { disk.usage.variantCount == 10 }
        // Room is counted free a moment after a variant is seen in the tier.
        var tries = 0
        while disk.usage.variantCount < 11, tries < 1000 {
            filler.enqueue(try job(20, byteCount: 100))
            try await Task.sleep(for: .milliseconds(1))
            tries += 1
        }
        running.cancel()
        try await running.value
        #expect(disk.keys == Set(try [0..<10, 20..<21].joined().map { try job($0).key }))
    }

    @Test func `More jobs than may wait are dropped`() async throws {
        let disk = FakeCache()
        let filler = CacheFiller(tiers: [disk]) { _ in true }
        let job = try job(1)
        for _ in 0..<4200 { filler.enqueue(job) }
        try await filler.runToItsEnd()
        #expect(disk.count(of: .store) == 4096)
    }

    @Test func `A few are written at once and no more`() async throws {
        let disk = FakeCache()
        let atOnce = Shared((now: 0, most: 0))
        let filler = CacheFiller(tiers: [disk]) { _ in
            atOnce.change { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            await Task.yield()
            atOnce.change { $0.now -= 1 }
            return true
        }
        for number in 0..<50 { filler.enqueue(try job(number)) }
        try await filler.runToItsEnd()
        #expect(atOnce.value.most <= 4)
    }

    @Test func `What came too late is dropped, and nobody waits for it`() async throws {
        let disk = FakeCache()
        let filler = CacheFiller(tiers: [disk]) { _ in true }
        try await filler.runToItsEnd()
        filler.enqueue(try job(1))
        #expect(disk.usage.variantCount == 0)
    }

    @Test func `A variant whose original has gone is taken out again`() async throws {
        let disk = FakeCache()
        let filler = CacheFiller(tiers: [disk]) { _ in false }
        filler.enqueue(try job(1))
        try await filler.runToItsEnd()
        #expect(disk.count(of: .store) == 1)
        #expect(disk.usage.variantCount == 0)
    }

    @Test func `Without tiers nothing is queued`() async throws {
        let asked = Shared(0)
        let filler = CacheFiller(tiers: []) { _ in
            asked.change { $0 += 1 }
            return true
        }
        filler.enqueue(try job(1))
        try await filler.runToItsEnd()
        #expect(asked.value == 0)
    }

    private func job(_ number: Int, byteCount: Int = 100) throws -> CacheFiller.Job {
        let digits = String(number, radix: 16)
        let tail = String(repeating: "0", count: 40 - digits.count) + digits
        let key = try #require(VariantKey("\(OriginalTag(record.digest))\(tail)"))
        return CacheFiller.Job(key: key, variant: CacheSample.variant(byteCount, seed: number % 256), original: record)
    }
}

extension CacheFiller {
    /// Runs as a service of a group that is told to end at once.
    func runToItsEnd() async throws {
        let logger = Logger(label: "filler") { _ in SwiftLogNoOpLogHandler() }
        let services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: self),
            .init(service: EndAtOnce(), successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        let group = ServiceGroup(configuration: .init(services: services, logger: logger))
        try await group.run()
    }
}

/// A service that takes the whole group along to its graceful end.
private struct EndAtOnce: Service {
    func run() async throws {}
}
