import AnysizeCore
import AnysizeTesting
import Foundation
import Logging
import NIOCore
import NIOPosix
import Redis
import Testing

@testable import AnysizeEngine

/// A node's client, running as long as the work does.
func withRedisClient(
    _ server: RedisServer, _ work: @Sendable (RedisClient) async throws -> Void
) async throws {
    let client = try RedisClient(
        RedisAddress(server.url)!, commandSeconds: 1, group: .singletonMultiThreadedEventLoopGroup,
        logger: Logger(label: "redis-tests") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        await eventually { client.isUp }
        try await work(client)
        group.cancelAll()
    }
}

@Suite(.timeLimit(.minutes(1))) struct RedisTierTests {
    @Test(arguments: VariantCacheConformance.allCases)
    func conforms(_ rule: VariantCacheConformance) async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            try await rule.check(RedisCache(client: client, byteCountMax: 1_000_000, seconds: 600), countsItself: false)
        }
    }

    @Test func `what somebody has tampered with, cut off or put there is a miss, and goes`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let metrics = CountingMetrics()
            let cache = RedisCache(client: client, byteCountMax: 1_000_000, seconds: 600, metrics: metrics)
            let key = try CacheSample.key(1)
            let name = "anysize:variant:\(key)"
            await cache.store(CacheSample.variant(500), for: key)
            let sound = try #require(await client.send(Command("GET", name)).bytes)
            var flipped = sound
            flipped.setInteger(sound.getInteger(at: 100, as: UInt8.self)! ^ 1, at: 100)
            let others = [flipped, sound.getSlice(at: 0, length: 300)!, ByteBuffer(), ByteBuffer(string: "hello")]
            for (number, value) in others.enumerated() {
                _ = try await client.send(Command("SET", name, value))
                #expect(await cache.find(key) == nil)
                #expect(try await client.send(Command("EXISTS", name)) == .integer(0))
                #expect(metrics.count("damaged") == Int64(number + 1))
            }
            // Under another's name.
            _ = try await client.send(Command("SET", "anysize:variant:\(try CacheSample.key(2))", sound))
            #expect(await cache.find(try CacheSample.key(2)) == nil)
            // Of another type.
            _ = try await client.send(Command("LPUSH", name, "x"))
            #expect(await cache.find(key) == nil)
        }
    }

    @Test func `what is too large isn't kept, and what is kept ages`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let cache = RedisCache(client: client, byteCountMax: 1000, seconds: 600)
            await cache.store(CacheSample.variant(1001), for: try CacheSample.key(1))
            #expect(await cache.find(try CacheSample.key(1)) == nil)
            await cache.store(CacheSample.variant(1000), for: try CacheSample.key(1))
            #expect(await cache.find(try CacheSample.key(1)) != nil)
            for name in ["anysize:variant:\(try CacheSample.key(1))", "anysize:variants:\(CacheSample.tag(1))"] {
                let seconds = try #require(await client.send(Command("TTL", name)).number)
                #expect((590...600).contains(seconds))
            }
        }
    }

    @Test func `a server that is gone is a miss at once`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let cache = RedisCache(client: client, byteCountMax: 1000, seconds: 600)
            await cache.store(CacheSample.variant(100), for: try CacheSample.key(1))
            server.crash()
            await eventually { !client.isUp }
            let started = ContinuousClock.now
            // Deadlines would take ten seconds.
            for number in 0..<100 {
                #expect(await cache.find(try CacheSample.key(1, number)) == nil)
                await cache.store(CacheSample.variant(100), for: try CacheSample.key(1, number))
            }
            #expect(await cache.removeAll(of: CacheSample.tag(1)) == 0)
            #expect(ContinuousClock.now - started < .seconds(1))
        }
    }
}

/// Marks that one node leaves and another one finds.
@Suite(.timeLimit(.minutes(1))) struct RedisMarkTests {
    @Test func `what failed on one node is known to all, also to one that comes later, and outlives Redis on its own`()
        async throws
    {
        let server = try await RedisServer()
        let disks = try [TestDisk(), TestDisk()]
        try await withRedisClient(server) { client in
            let nodes = disks.map {
                SharedFailureMarks(own: DiskFailureMarks(directory: $0.data, threads: TestDisk.threads), client: client)
            }
            let digest = Digest(of: ByteBuffer(string: "poison"))
            #expect(await nodes[1].find(digest) == nil)
            let first = FailureMark.after(nil, reason: .crashed, at: Date(timeIntervalSince1970: 1000))
            await nodes[0].set(first, for: digest)
            #expect(await nodes[1].find(digest) == first)
            let second = FailureMark.after(first, reason: .crashed, at: Date(timeIntervalSince1970: 2000))
            await nodes[1].set(second, for: digest)
            #expect(await nodes[0].find(digest) == second)
            _ = try await client.send(Command("SET", "anysize:mark:\(digest)", "nonsense"))
            #expect(await nodes[0].find(digest) == first)
            await nodes[0].remove(digest)
            #expect(await nodes[0].find(digest) == nil)
            server.crash()
            await eventually { !client.isUp }
            #expect(await nodes[1].find(digest) == second)
        }
    }
}
