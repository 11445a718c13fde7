import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientLimitsTests {
    private static let keys = [
        APIKey(name: "app", scopes: [.upload], secret: "app-secret"),
        APIKey(name: "other", scopes: [.upload], secret: "other-secret"),
    ]

    private func house(renders: Int = 2, uploads: Int = 2) -> ServerHouse {
        let rates = ClientRates([
            .render: RateLimit(perMinute: 1, burst: renders), .upload: RateLimit(perMinute: 1, burst: uploads),
        ])
        return ServerHouse(keys: Self.keys, clients: ClientLimits(rates, proxies: [IPNetwork("10.0.0.1")!]))
    }

    /// Sends a request as one that has connected from that address.
    private func send(
        _ house: ServerHouse, _ request: String, from peer: String, _ headers: [String: String] = [:],
        body: ByteBuffer? = nil
    ) async throws -> TestResponse {
        let channel = NIOAsyncTestingChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: peer, port: 4711)
        return try await Connection.$current.withValue(Connection(channel: channel)) {
            try await house.send(request, headers, body: body)
        }
    }

    @Test func `a client beyond its rate gets a 429 that says when, others their pictures`() async throws {
        let house = house()
        for width in [10, 11] {
            #expect(try await send(house, "GET /img/cat?w=\(width)", from: "203.0.113.1").status == .ok)
        }
        let refused = try await send(house, "GET /img/cat?w=12", from: "203.0.113.1")
        let problem = try checkProblem(refused, 429, "rate-limited")
        #expect(problem.detail.contains("203.0.113.1"))
        let seconds = try #require(refused.headers["Retry-After"].flatMap { Int($0) })
        // Less on a machine that is slow.
        #expect((30...60).contains(seconds))
        #expect(refused.headers["Cache-Status"] == "Anysize; fwd=miss; detail=rate-limited")
        #expect(try await send(house, "HEAD /img/cat?w=12", from: "203.0.113.1").status == .tooManyRequests)
        #expect(try await send(house, "GET /img/cat?w=12", from: "203.0.113.2").status == .ok)
    }

    @Test func `what costs little is never limited`() async throws {
        let house = house()
        for width in [10, 11] { _ = try await send(house, "GET /img/cat?w=\(width)", from: "203.0.113.1") }
        #expect(try await send(house, "GET /img/cat?w=12", from: "203.0.113.1").status == .tooManyRequests)
        for _ in 0..<10 {
            let hit = try await send(house, "GET /img/cat?w=10", from: "203.0.113.1")
            #expect(hit.status == .ok)
            let tag = try #require(hit.headers["ETag"])
            let known = try await send(house, "GET /img/cat?w=10", from: "203.0.113.1", ["If-None-Match": tag])
            #expect(known.status == .notModified)
            #expect(try await send(house, "GET /img/cat/info", from: "203.0.113.1").status == .ok)
            #expect(try await send(house, "GET /img/dog?w=10", from: "203.0.113.1").status == .notFound)
            #expect(try await send(house, "GET /img/cat?w=no", from: "203.0.113.1").status == .badRequest)
        }
    }

    @Test func `waiting for another's render is not limited`() async throws {
        let house = house(renders: 1)
        house.flow.renderer.hold()
        async let first = send(house, "GET /img/cat?w=20", from: "203.0.113.1")
        await eventually { house.flow.variants.flights.counts.flights == 1 }
        async let second = send(house, "GET /img/cat?w=20", from: "203.0.113.1")
        await eventually { house.flow.variants.flights.counts.waiters == 2 }
        house.flow.renderer.release()
        #expect(try await first.status == .ok)
        #expect(try await second.status == .ok)
        #expect(try await send(house, "GET /img/cat?w=21", from: "203.0.113.1").status == .tooManyRequests)
    }

    @Test func `callers can't choose who they are`() async throws {
        let house = house()
        var granted = 0
        for number in 0..<20 {
            let headers = [
                "X-Forwarded-For": "198.51.100.\(number)", "Forwarded": "for=198.51.100.\(number)",
                "X-Real-IP": "198.51.100.\(number)", "Authorization": "Bearer \(number)",
            ]
            if try await send(house, "GET /img/cat?w=\(30 + number)", from: "203.0.113.1", headers).status == .ok {
                granted += 1
            }
        }
        #expect(granted == 2)
        // Behind the proxy, its word counts, and what stands left of it doesn't.
        granted = 0
        for number in 0..<20 {
            let headers = ["X-Forwarded-For": "198.51.100.\(number), 203.0.113.7"]
            if try await send(house, "GET /img/cat?w=\(60 + number)", from: "10.0.0.1", headers).status == .ok {
                granted += 1
            }
        }
        #expect(granted == 2)
    }

    @Test func `a network of IPv6 that a household gets is one client`() async throws {
        let house = house()
        var granted = 0
        for number in 1...20 {
            let peer = "2001:db8:0:7::\(number)"
            if try await send(house, "GET /img/cat?w=\(number)", from: peer).status == .ok { granted += 1 }
        }
        #expect(granted == 2)
        #expect(try await send(house, "GET /img/cat?w=40", from: "2001:db8:0:8::1").status == .ok)
    }

    @Test func `a key is its holder's name wherever it comes from`() async throws {
        let house = house()
        func upload(_ seed: Int, _ secret: String, from peer: String) async throws -> TestResponse {
            try await send(
                house, "POST /img", from: peer, ["Authorization": "Bearer \(secret)"],
                body: SampleBytes.jpeg(seed: seed))
        }
        #expect(try await upload(11, "app-secret", from: "203.0.113.1").status == .created)
        #expect(try await upload(12, "app-secret", from: "203.0.113.2").status == .created)
        let staged = house.flow.store.count(of: .stage)
        let refused = try await upload(13, "app-secret", from: "203.0.113.3")
        let problem = try checkProblem(refused, 429, "rate-limited")
        #expect(problem.detail.contains("key app"))
        #expect(house.flow.store.count(of: .stage) == staged, "before its body is read")
        #expect(try await upload(13, "other-secret", from: "203.0.113.3").status == .created)
    }
}
