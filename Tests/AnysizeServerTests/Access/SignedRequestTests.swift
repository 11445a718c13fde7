import AnysizeCore
import AnysizeServer
import AnysizeTesting
import Crypto
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignedRequestTests {
    private let signing = URLSigning(keys: [SigningKey(name: "web", secret: "secret-of-the-tests-0001")])
    private let time = TestTime()

    private var house: ServerHouse { ServerHouse(signing: signing, clock: time.clock) }

    private func signed(_ target: String) throws -> String { try #require(signing.signed(target)) }

    @Test func `a signed URL is served, and no other`() async throws {
        let house = house
        let target = try signed("/img/cat?w=100")
        #expect(try await house.send("GET \(target)").body == house.variant("w=100").bytes)
        #expect(try await house.send("GET \(try signed("/img/cat/info"))").status == .ok)
        for (request, kind) in [
            ("GET /img/cat?w=100", "no-signature"), ("GET /img/cat", "no-signature"),
            ("GET /img/cat/info", "no-signature"),
            ("GET /img/cat/original", "no-signature"), ("GET \(target)&h=9", "bad-signature"),
            ("GET /img/cat?w=100&sig=AAAA", "bad-signature"), ("HEAD /img/cat?w=100&sig=", "bad-signature"),
        ] {
            let response = try await house.send(request)
            #expect(response.status == .forbidden)
            #expect(response.headers["Cache-Control"] == "no-store")
            if !request.hasPrefix("HEAD") { try checkProblem(response, 403, kind, parameter: "sig") }
        }
        #expect(house.flow.renderer.counts.rendered == 1)
    }

    /// Nor which recipes are right, nor what is in a tier.
    @Test func `a refusal doesn't tell which pictures there are`() async throws {
        let house = house
        _ = try await house.send("GET \(try signed("/img/cat?w=100"))")
        var bodies: Set<String> = []
        for target in [
            "/img/cat?w=100", "/img/gone?w=100", "/img/dog?w=100", "/img/cat?w=0", "/img/dog/info", "/img/cat/info",
        ] {
            let joint = target.contains("?") ? "&" : "?"
            let response = try await house.send("GET \(target)\(joint)sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            let problem = try checkProblem(response, 403, "bad-signature", parameter: "sig")
            bodies.insert("\(problem.title) \(problem.detail) \(response.headers["Vary"] ?? "")")
        }
        #expect(bodies.count == 1)
        #expect(house.flow.renderer.counts.rendered == 1)
    }

    @Test func `a signature is no part of the variant's name`() async throws {
        let house = house
        let first = try await house.send("GET \(try signed("/img/cat?w=100"))")
        let second = try await house.send("GET \(try signed("/img/cat?width=100&exp=1700000900"))")
        #expect(first.headers["ETag"] == "\"\(try house.key("w=100"))\"")
        #expect(second.headers["ETag"] == first.headers["ETag"])
        #expect(house.flow.renderer.counts.rendered == 1)
    }

    @Test func `an expired URL is gone, if it was signed`() async throws {
        let house = house
        let target = try signed("/img/cat?w=100&exp=1700000100")
        #expect(try await house.send("GET \(target)").status == .ok)
        time.set(1_700_000_099)
        #expect(try await house.send("GET \(target)").status == .ok)
        time.set(1_700_000_100)
        try checkProblem(try await house.send("GET \(target)"), 410, "expired", parameter: "exp")
        try checkProblem(
            try await house.send("GET \(try signed("/img/dog/info?expires=1700000100"))"), 410, "expired",
            parameter: "expires")
        try checkProblem(
            try await house.send("GET /img/cat?w=100&exp=1700000200&sig=AAAA"), 403, "bad-signature", parameter: "sig")
        // Without keys, it counts all the same.
        let open = ServerHouse(clock: time.clock)
        try checkProblem(
            try await open.send("GET /img/cat?exp=1700000100"), 410, "expired", parameter: "exp")
        #expect(try await open.send("GET /img/cat?exp=1700000101").status == .ok)
    }

    @Test(arguments: ["20", "-100", "0"]) func `an exposure, as another grammar has it, is no expiry`(value: String)
        async throws
    {
        let problem = try checkProblem(
            try await ServerHouse().send("GET /img/cat?exp=\(value)"), 400, "bad-request", parameter: "exp")
        #expect(problem.detail.contains("brightness"))
    }

    @Test(arguments: ["-1", "1e9", "1700000100.5", "1234567890123", "", "0x7", " 1700000100"])
    func `an expiry is whole seconds`(value: String) async throws {
        let target = try signed("/img/cat?exp=\(value.replacing(" ", with: "%20"))")
        try checkProblem(try await house.send("GET \(target)"), 400, "bad-request", parameter: "exp")
    }

    @Test(arguments: [
        // Beyond all ages, between them, and shorter than the shortest.
        (1_000_000, "public, max-age=300, stale-while-revalidate=600"),
        (800, "public, max-age=300, stale-while-revalidate=449"), (320, "public, max-age=299"),
        (16, "public, max-age=14"), (1, "public, max-age=0"),
    ])
    func `nothing is kept for longer than its URL holds`(left: Int, expected: String) async throws {
        let house = house
        for target in ["/img/cat?w=100&exp=\(1_700_000_000 + left)", "/img/cat/info?exp=\(1_700_000_000 + left)"] {
            let response = try await house.send("GET \(try signed(target))")
            #expect(response.headers["Cache-Control"] == expected)
        }
    }

    @Test func `what can't change is kept as long as its URL holds`() async throws {
        let house = house
        let version = "\(house.cat.digest)".prefix(16)
        let response = try await house.send("GET \(try signed("/img/cat?exp=1700086400&v=\(version)"))")
        #expect(response.headers["Cache-Control"] == "public, max-age=86339, immutable")
    }

    @Test func `who may read originals needs no signature, and gets an answer for nobody else`() async throws {
        func key(_ name: String, _ scopes: Set<Scope>) -> APIKey {
            APIKey(name: name, scopes: scopes, secretDigest: Array(SHA256.hash(data: Array(name.utf8))))
        }
        let house = ServerHouse(
            keys: [key("reader", [.read]), key("writer", [.upload, .delete])], signing: signing, clock: time.clock)
        let reader = ["Authorization": "Bearer reader"]
        for target in ["/img/cat?w=100", "/img/cat/info", "/img/cat/original"] {
            let response = try await house.send("GET \(target)", reader)
            #expect(response.status == .ok && response.headers["Cache-Control"] == "private, no-store")
        }
        for target in ["/img/cat?w=100", "/img/cat/info"] {
            #expect(try await house.send("GET \(target)", ["Authorization": "Bearer writer"]).status == .forbidden)
            #expect(try await house.send("GET \(target)").status == .forbidden)
        }
        // A signature gives nobody the original.
        let original = try signed("/img/cat/original")
        #expect(try await house.send("GET \(original)").status == .unauthorized)
        #expect(try await house.send("GET \(original)", reader).status == .ok)
    }

    @Test func `every URL of a srcset is signed`() async throws {
        let house = house
        let response = try await house.send("PUT /img/new", body: SampleBytes.jpeg(5000, seed: 5))
        let srcset = try #require(try decode(OriginalInfo.self, from: response).srcset)
        for candidate in srcset.split(separator: ",").map({ $0.split(separator: " ")[0] }) {
            #expect(candidate.contains("&sig="))
            #expect(try await house.send("GET \(candidate)").status == .ok)
        }
    }

    /// So that clients can begin to sign before keys are set.
    @Test func `without keys a signature makes no difference`() async throws {
        let house = ServerHouse()
        let response = try await house.send("GET /img/cat?w=100&sig=whatever")
        #expect(response.headers["ETag"] == "\"\(try house.key("w=100"))\"")
    }

    // MARK: - The hit lane

    private func checkLane(
        _ house: ServerHouse, _ test: @Sendable (RawClient, _ answered: @Sendable () -> Int) async throws -> Void
    ) async throws {
        let metrics = PrometheusRegistry(descriptions: [:])
        try await house.serve(lane: metrics) { port in
            let client = try await RawClient.connect(port: port)
            try await test(client) { metrics.hitLaneAnswers }
            client.close()
        }
    }

    @Test func `the lane serves a signed URL, and its like without a signature is refused`() async throws {
        let target = try signed("/img/cat?w=100")
        try await checkLane(house) { client, answered async throws in
            for _ in 0..<4 { #expect(try await client.get(target).status == 200) }
            #expect(answered() == 2)
            #expect(try await client.get("/img/cat?w=100").status == 403)
            #expect(try await client.get(target + "A").status == 403)
            #expect(answered() == 2)
        }
    }

    @Test func `the lane serves no URL that has expired, nor tells caches to keep one for too long`() async throws {
        let target = try signed("/img/cat?w=100&exp=1700001000")
        try await checkLane(house) { client, answered async throws in
            for _ in 0..<4 { #expect(try await client.get(target).status == 200) }
            #expect(answered() == 2)
            for second in stride(from: 1_700_000_000, through: 1_700_000_999, by: 13) {
                time.set(second)
                let response = try await client.get(target)
                let control = try #require(response.field("cache-control"))
                let ages = control.split { !$0.isNumber }.compactMap { Int($0) }
                #expect(response.status == 200 && second + ages.reduce(0, +) < 1_700_001_000)
                let tag = try #require(response.field("etag"))
                let again = try await client.get(target, ["If-None-Match: \(tag)"])
                let againAges = try #require(again.field("cache-control")).split { !$0.isNumber }.compactMap { Int($0) }
                #expect(again.status == 304 && second + againAges.reduce(0, +) < 1_700_001_000)
            }
            #expect(answered() > 60)
            time.set(1_700_001_000)
            let before = answered()
            #expect(try await client.get(target).status == 410)
            #expect(try await client.get(target, ["If-None-Match: *"]).status == 410)
            #expect(answered() == before)
        }
    }

    @Test func `the lane keeps nothing that a key has opened`() async throws {
        let reader = APIKey(
            name: "reader", scopes: [.read], secretDigest: Array(SHA256.hash(data: Array("reader".utf8))))
        let house = ServerHouse(keys: [reader], signing: signing, clock: time.clock)
        try await checkLane(house) { client, answered async throws in
            for _ in 0..<4 {
                let response = try await client.get("/img/cat?w=100", ["Authorization: Bearer reader"])
                #expect(response.status == 200 && response.field("cache-control") == "private, no-store")
                #expect(try await client.get("/img/cat?w=100").status == 403)
            }
            #expect(answered() == 0)
        }
    }
}

/// A time of day that tests set.
private final class TestTime: Sendable {
    private let second = Atomic(1_700_000_000)

    var clock: WallClock { WallClock { self.second.load(ordering: .sequentiallyConsistent) } }

    func set(_ value: Int) { second.store(value, ordering: .sequentiallyConsistent) }
}
