import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct AccessTests {
    private static let keys = [
        APIKey(name: "u", scopes: [.upload], secret: "can-upload"),
        APIKey(name: "d", scopes: [.delete], secret: "can-delete"),
        APIKey(name: "r", scopes: [.read], secret: "can-read"),
        APIKey(name: "n", scopes: [], secret: "can-nothing"),
    ]

    /// A request, and the scope it needs.
    struct Guarded: CustomTestStringConvertible, Sendable {
        let request: String
        let scope: Scope
        var body: ByteBuffer?
        var status = 200

        var testDescription: String { "\(request) needs \(scope)" }
    }

    static let guarded = [
        Guarded(request: "POST /img", scope: .upload, body: SampleBytes.jpeg(seed: 3), status: 201),
        Guarded(request: "PUT /img/new", scope: .upload, body: SampleBytes.jpeg(seed: 3), status: 201),
        Guarded(request: "DELETE /img/cat", scope: .delete),
        Guarded(request: "GET /img", scope: .read),
        Guarded(request: "HEAD /img", scope: .read),
        Guarded(request: "GET /img/cat/original", scope: .read),
        Guarded(request: "GET /img/cat?w=100&metadata=keep", scope: .read),
        Guarded(request: "HEAD /img/cat?w=100&metadata=keep", scope: .read),
    ]

    @Test(arguments: guarded) func `A key opens what it has the scope for`(_ sample: Guarded) async throws {
        let house = ServerHouse(keys: Self.keys)
        func send(_ authorization: String?) async throws -> TestResponse {
            let headers = authorization.map { ["Authorization": $0] } ?? [:]
            return try await house.send(sample.request, headers, body: sample.body)
        }
        let isHead = sample.request.hasPrefix("HEAD")
        for wrong in [
            nil, "Bearer wrong", "Bearer", "Bearer ", "Basic Y2FuOnJlYWQ=", "can-\(sample.scope)",
            "Bearer  can-\(sample.scope)", "Bearer can-\(sample.scope) x",
        ] {
            let response = try await send(wrong)
            #expect(response.status == .unauthorized, "\(wrong ?? "no key")")
            #expect(response.headers["WWW-Authenticate"] == "Bearer realm=\"anysize\"")
            if !isHead { try checkProblem(response, 401, "no-key", parameter: "Authorization") }
        }
        for key in Self.keys where !key.scopes.contains(sample.scope) {
            let other = key.scopes.first.map { "can-\($0)" } ?? "can-nothing"
            let response = try await send("Bearer \(other)")
            #expect(response.status == .forbidden, "\(other)")
            #expect(response.headers["WWW-Authenticate"] == nil)
            if !isHead { try checkProblem(response, 403, "missing-scope", parameter: "Authorization") }
        }
        #expect(house.flow.store.count(of: .stage) == 0 && house.flow.store.count(of: .delete) == 0)
        #expect(house.flow.store.count(of: .list) == 0 && house.flow.store.count(of: .read) == 0)
        #expect(try await send("bearer can-\(sample.scope)").status.code == sample.status, "schemes have no case")
    }

    @Test(arguments: [
        "GET /img/cat?w=100", "HEAD /img/cat", "GET /img/cat/info", "OPTIONS /img", "GET /img/cat?metadata=copyright",
    ])
    func `Pictures need no key`(request: String) async throws {
        let response = try await ServerHouse(keys: Self.keys).send(request, ["Authorization": "Bearer wrong"])
        #expect(response.status.kind == .successful)
    }

    @Test func `A variant with all its metadata is for its caller alone`() async throws {
        let house = ServerHouse(keys: Self.keys)
        let key = ["Authorization": "Bearer can-read"]
        let request = "GET /img/cat?w=100&metadata=keep&v=\(house.cat.digest.description.prefix(8))"
        let response = try await house.send(request, key)
        #expect(response.headers["Cache-Control"] == "private, no-store")
        let tag = try #require(response.headers["ETag"])
        let known = try await house.send(request, key.merging(["If-None-Match": tag]) { $1 })
        #expect(known.status == .notModified)
        #expect(known.headers["Cache-Control"] == "private, no-store")
        #expect(try await house.send(request, ["If-None-Match": tag]).status == .unauthorized)
        #expect(try await house.send(request, ["If-None-Match": "*"]).status == .unauthorized)
    }

    @Test func `A missing key is told before what the original is`() async throws {
        let house = ServerHouse(keys: Self.keys)
        for request in ["GET /img/dog/original", "DELETE /img/gone", "GET /img/dog?metadata=keep", "GET /img?limit=0"] {
            #expect(try await house.send(request).status == .unauthorized, "\(request)")
        }
    }

    // MARK: - Without keys

    @Test(arguments: guarded) func `Without keys everybody on this machine may do everything`(
        _ sample: Guarded
    ) async throws {
        for site in [nil, "none", "same-origin", "same-site"] {
            let house = ServerHouse()
            let headers = site.map { ["Sec-Fetch-Site": $0] } ?? [:]
            let response = try await house.send(sample.request, headers, body: sample.body)
            #expect(response.status.code == sample.status, "\(site ?? "no browser")")
        }
    }

    @Test(arguments: guarded) func `Without keys, pages of other sites may not`(_ sample: Guarded) async throws {
        let house = ServerHouse()
        let response = try await house.send(sample.request, ["Sec-Fetch-Site": "cross-site"], body: sample.body)
        #expect(response.status == .forbidden)
        if !sample.request.hasPrefix("HEAD") {
            try checkProblem(response, 403, "cross-site", parameter: "Sec-Fetch-Site")
        }
        #expect(house.flow.store.count(of: .stage) == 0 && house.flow.store.count(of: .delete) == 0)
    }

    @Test func `Pages of other sites may show pictures, and use a key that they have`() async throws {
        let other = ["Sec-Fetch-Site": "cross-site"]
        #expect(try await ServerHouse().send("GET /img/cat?w=100", other).status == .ok)
        #expect(try await ServerHouse().send("GET /img/cat/info", other).status == .ok)
        let keyed = ServerHouse(keys: Self.keys)
        let headers = other.merging(["Authorization": "Bearer can-delete"]) { $1 }
        #expect(try await keyed.send("DELETE /img/cat", headers).status == .ok)
    }
}
