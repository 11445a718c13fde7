import AnysizeCore
import AnysizeTesting
import Foundation
import Redis
import Testing

@testable import AnysizeEngine

/// Rates of clients over several nodes, on a real Redis.
@Suite(.timeLimit(.minutes(1))) struct RedisRatesTests {
    private func isGranted(_ rates: ClientRates, _ client: String, _ work: LimitedWork = .render) async -> Bool {
        await failure { try await rates.charge(client, for: work) } == nil
    }

    private func failure(_ work: () async throws -> Void) async -> String? { await AnysizeTesting.failure(of: work) }

    @Test func `nodes share what a client has had`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let limits: [LimitedWork: RateLimit] = [
                .render: RateLimit(perMinute: 6, burst: 5), .upload: RateLimit(perMinute: 6, burst: 1),
            ]
            let nodes = (0..<3).map { _ in ClientRates(limits, shared: RedisRates(client: client)) }
            var granted = 0
            for number in 0..<30 where await isGranted(nodes[number % 3], "203.0.113.1") { granted += 1 }
            #expect((5...6).contains(granted), "six where the machine slept for ten seconds")
            #expect(await isGranted(nodes[0], "203.0.113.2"), "others are others")
            #expect(await isGranted(nodes[1], "203.0.113.1", .upload), "and uploads are not renders")
            // What is kept goes by itself: five at ten seconds each.
            let reply = try await client.send(Command("PTTL", "anysize:rate:render:203.0.113.1"))
            guard case .integer(let milliseconds) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect((30_000...60_000).contains(milliseconds))
        }
    }

    @Test func `time brings back what was used up`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let rates = RedisRates(client: client)
            // One in two seconds: longer than four commands take on a busy machine.
            let limit = RateLimit(perMinute: 30, burst: 2)
            for expected in [true, true, false] {
                #expect((await rates.waitSeconds("me", for: .render, limit) == 0) == expected)
            }
            let wait = try #require(await rates.waitSeconds("me", for: .render, limit))
            #expect(wait > 0 && wait <= 2)
            try await Task.sleep(for: .seconds(wait + 0.005))
            #expect(await rates.waitSeconds("me", for: .render, limit) == 0)
        }
    }

    @Test(arguments: ["nonsense", "-5", "99999999999999999999", "nan", "inf", ""])
    func `whatever stands in its place does no lasting harm`(value: String) async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            _ = try await client.send(Command("SET", "anysize:rate:render:me", value))
            let rates = RedisRates(client: client)
            let limit = RateLimit(perMinute: 600, burst: 2)
            if let wait = await rates.waitSeconds("me", for: .render, limit) { #expect(wait <= 0.2) }
        }
    }

    @Test func `without Redis each node counts for itself, at once`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            let rates = ClientRates([.render: RateLimit(perMinute: 1, burst: 2)], shared: RedisRates(client: client))
            #expect(await isGranted(rates, "me"))
            server.crash()
            let started = ContinuousClock.now
            #expect(await isGranted(rates, "me"))
            #expect(await !isGranted(rates, "me"))
            #expect(await isGranted(rates, "another"))
            #expect(ContinuousClock.now - started < .seconds(1))
        }
    }

    @Test func `the wrong kind of key is no reason to refuse`() async throws {
        let server = try await RedisServer()
        try await withRedisClient(server) { client in
            _ = try await client.send(Command("LPUSH", "anysize:rate:render:me", "x"))
            #expect(
                await RedisRates(client: client).waitSeconds("me", for: .render, .init(perMinute: 1, burst: 1)) == nil)
        }
    }
}
