import AnysizeCore
import AnysizeTesting
import Foundation
import Logging
import NIOCore
import NIOPosix
import Redis
import Testing

@testable import AnysizeEngine

/// Several nodes of one process, on a real Redis.
@Suite(.timeLimit(.minutes(1))) struct ClusterTests {
    private let quiet = Logger(label: "cluster-tests") { _ in SwiftLogNoOpLogHandler() }

    private func rendered(_ seed: Int = 1) -> Variant { CacheSample.variant(30_000, seed: seed) }

    @Test func `one of many nodes renders, and all have its result`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let key = try CacheSample.key(1)
            let renders = Shared(0)
            let variants = try await withThrowingTaskGroup(of: Variant.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let flight = ClusterFlight(RedisLeases(client: client))
                        let landing = try await flight.land(key, by: .now + .seconds(20)) {
                            () async throws(AnysizeError) -> Variant in
                            renders.change { $0 += 1 }
                            try? await Task.sleep(for: .milliseconds(1500))
                            return CacheSample.variant(30_000, seed: 1)
                        } variant: {
                            $0
                        }
                        switch landing {
                        case .own(let variant), .other(let variant): return variant
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(renders.value == 1, "also where it takes longer than a lease lasts")
            #expect(variants.count == 20 && variants.allSatisfy { $0 == rendered() })
        }
    }

    /// - Returns: how many of three nodes rendered, and how long all took.
    private func renders(of byteCount: Int, on server: RedisServer) async throws -> (count: Int, seconds: Double) {
        let started = ContinuousClock.now
        let renders = Shared(0)
        try await withRedisClient(server) { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let flight = ClusterFlight(RedisLeases(client: client))
                        let landing = try await flight.land(CacheSample.key(1), by: .now + .seconds(20)) {
                            () async throws(AnysizeError) -> Variant in
                            renders.change { $0 += 1 }
                            try? await Task.sleep(for: .seconds(2))
                            return CacheSample.variant(byteCount, seed: 1)
                        } variant: {
                            $0
                        }
                        switch landing {
                        case .own(let variant), .other(let variant): return variant.byteCount
                        }
                    }
                }
                for try await count in group { #expect(count == byteCount) }
            }
        }
        return (renders.value, (ContinuousClock.now - started) / .seconds(1))
    }

    @Test func `what is too large to be handed over is made by those who wait at once, not in turn`() async throws {
        let server = try await RedisServer()
        let (count, seconds) = try await renders(of: 40_000_000, on: server)
        #expect(count == 3)
        #expect(seconds < 5.5, "two seconds for the first, and two for both others")
    }

    @Test func `megabytes are handed over`() async throws {
        let server = try await RedisServer()
        #expect(try await renders(of: 4_000_000, on: server).count == 1)
    }

    @Test func `a holder that dies is succeeded by one of those who wait`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let key = try CacheSample.key(1)
            // A node that took the lease, and was killed.
            guard case .free = await RedisLeases(client: client).take(key, "dead") else {
                Issue.record("the lease is free at first")
                return
            }
            let renders = Shared(0)
            let started = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let flight = ClusterFlight(RedisLeases(client: client))
                        _ = try await flight.land(key, by: .now + .seconds(20)) {
                            () async throws(AnysizeError) -> Variant in
                            renders.change { $0 += 1 }
                            return CacheSample.variant(30_000, seed: 1)
                        } variant: {
                            $0
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(renders.value == 1)
            #expect(ContinuousClock.now - started < .seconds(3))
            // Woken from the dead, it has nothing to say any more.
            let leases = RedisLeases(client: client)
            _ = await leases.take(try CacheSample.key(2), "living")
            await leases.end(try CacheSample.key(2), "dead", rendered(2))
            guard case .held = await leases.look(try CacheSample.key(2)) else {
                Issue.record("only the holder ends a lease")
                return
            }
        }
    }

    @Test func `a lease that ran out while Redis was away is taken back, unless somebody else has it`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let leases = RedisLeases(client: client)
            let (mine, theirs) = (try CacheSample.key(1), try CacheSample.key(2))
            await leases.renew(mine, "me")
            guard case .held = await leases.look(mine) else {
                Issue.record("it is held again")
                return
            }
            _ = await leases.take(theirs, "other")
            await leases.renew(theirs, "me")
            await leases.end(theirs, "me", rendered())
            guard case .held = await leases.look(theirs) else {
                Issue.record("it stays another's, without a result")
                return
            }
            // Nobody took it meanwhile: the result is as good as any.
            let late = try CacheSample.key(3)
            await leases.end(late, "me", rendered())
            guard case .result(let variant) = await leases.look(late), variant == rendered() else {
                Issue.record("it is there for others")
                return
            }
        }
    }

    @Test func `a render that fails is nobody else's failure`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let key = try CacheSample.key(1)
            let flight = ClusterFlight(RedisLeases(client: client))
            let failed = await failure {
                _ = try await flight.land(key, by: .now + .seconds(5)) { () async throws(AnysizeError) -> Variant in
                    throw .overloaded(retryAfterSeconds: 1)
                } variant: {
                    $0
                }
            }
            #expect(failed == "overloaded")
            let landing = try await flight.land(key, by: .now + .seconds(5)) {
                () async throws(AnysizeError) -> Variant in
                CacheSample.variant(10)
            } variant: {
                $0
            }
            guard case .own = landing else {
                Issue.record("the lease is free again")
                return
            }
        }
    }

    @Test func `without Redis each node renders for itself, at once`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            server.crash()
            await eventually { !client.isUp }
            let started = ContinuousClock.now
            let landing = try await ClusterFlight(RedisLeases(client: client)).land(
                CacheSample.key(1), by: .now + .seconds(5)
            ) { () async throws(AnysizeError) -> Variant in
                CacheSample.variant(10)
            } variant: {
                $0
            }
            guard case .own = landing else {
                Issue.record("nobody else could have")
                return
            }
            #expect(ContinuousClock.now - started < .milliseconds(50))
        }
    }

    /// Three nodes on one store.
    private func withNodes(
        _ server: RedisServer, _ base: MemoryOriginalStore,
        _ work: @Sendable ([SharedOriginalStore], [RedisChangeFeed]) async throws -> Void
    ) async throws {
        try await withRedisClient(server) { [quiet] client in
            let feeds = try (0..<3).map { number in
                try RedisChangeFeed(
                    RedisAddress(server.url)!, authorityPath: nil, client: client, node: "node-\(number)",
                    group: .singletonMultiThreadedEventLoopGroup, logger: quiet)
            }
            let nodes = feeds.map { feed in
                let node = SharedOriginalStore(base: base, feed: feed, currentSeconds: 600, blindSeconds: 0.2)
                feed.attach(node)
                return node
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for feed in feeds { group.addTask { try await feed.run() } }
                await eventually { feeds.allSatisfy { $0.standing != .blind } }
                try await work(nodes, feeds)
                group.cancelAll()
            }
        }
    }

    @Test func `once a write has returned no node tells the old`() async throws {
        let server = try await RedisServer()
        let base = MemoryOriginalStore()
        let id = try #require(OriginalID("cat"))
        try await withNodes(server, base) { nodes, _ in
            let slowest = Shared(Duration.zero)
            for seed in 0..<200 {
                for node in nodes { _ = try await node.find(id) }
                let started = ContinuousClock.now
                let record = try await StoreSample(store: nodes[seed % 3]).put(id, SampleBytes.jpeg(seed: seed)).record
                slowest.change { $0 = max($0, ContinuousClock.now - started) }
                for node in nodes {
                    let known = node.peek(id)
                    #expect(known == nil || known == .present(record))
                    #expect(try await node.find(id) == .present(record))
                }
            }
            #expect(slowest.value < .seconds(1), "nobody had to wait for a place to run out")
            _ = try await nodes[0].delete(id)
            for node in nodes { #expect(try await node.find(id) == .deleted) }
        }
    }

    @Test func `without Redis the bound holds, and with it again all is as before`() async throws {
        let server = try await RedisServer()
        let base = MemoryOriginalStore()
        let id = try #require(OriginalID("cat"))
        try await withNodes(server, base) { nodes, feeds in
            base.put(id, SampleBytes.jpeg(seed: 1))
            for node in nodes { _ = try await node.find(id) }
            server.crash()
            let record = try await StoreSample(store: nodes[0]).put(id, SampleBytes.jpeg(seed: 2)).record
            // The write took as long as trust lasts, since nobody could be told.
            for node in nodes {
                #expect(node.peek(id) == nil || node.peek(id) == .present(record))
                #expect(try await node.find(id) == .present(record))
            }
            #expect(feeds.allSatisfy { $0.standing == .blind })
            try await server.restart()
            await eventually { feeds.allSatisfy { $0.standing != .blind } }
            let last = try await StoreSample(store: nodes[1]).put(id, SampleBytes.jpeg(seed: 3)).record
            for node in nodes { #expect(try await node.find(id) == .present(last)) }
        }
    }

    @Test func `a paused Redis makes no node tell the old`() async throws {
        let server = try await RedisServer()
        let base = MemoryOriginalStore()
        let id = try #require(OriginalID("cat"))
        try await withNodes(server, base) { nodes, _ in
            base.put(id, SampleBytes.jpeg(seed: 1))
            for node in nodes { _ = try await node.find(id) }
            server.signal(SIGSTOP)
            let record = try await StoreSample(store: nodes[0]).put(id, SampleBytes.jpeg(seed: 2)).record
            for node in nodes {
                #expect(node.peek(id) == nil || node.peek(id) == .present(record))
                #expect(try await node.find(id) == .present(record))
            }
            server.signal(SIGCONT)
        }
    }
}
