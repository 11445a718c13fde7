import AnysizeServer
import AnysizeTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct OperationsResponderTests {
    private let readiness: Readiness
    private let app: Application<OperationsResponder>

    init() {
        var logger = Logger(label: "operations")
        logger.logLevel = .critical
        readiness = Readiness(checks: [.store(MemoryOriginalStore(), isShared: false)], logger: logger)
        app = Application(
            responder: OperationsResponder(readiness: readiness) { "anysize_renders_total 1\n" }, logger: logger)
    }

    @Test func `Health is the process, readiness its use`() async throws {
        try await check("GET", "/healthz", 200, "ok\n")
        try await check("GET", "/readyz", 503, "not ready: starting\n")
        readiness.started()
        await readiness.check()
        try await check("GET", "/readyz", 200, "ready\n")
        readiness.drain()
        try await check("GET", "/readyz", 503, "not ready: draining\n")
        try await check("GET", "/healthz", 200, "ok\n")
    }

    @Test func `Metrics are told as scrapers want them`() async throws {
        let response = try await check("GET", "/metrics", 200, "anysize_renders_total 1\n")
        #expect(response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        try await check("GET", "/metrics?name=x", 200, "anysize_renders_total 1\n")
    }

    @Test(arguments: ["/", "/img/cat", "/metrics/", "/healthz/x"]) func `There is nothing else`(
        path: String
    ) async throws {
        try await check("GET", path, 404, "/healthz, /readyz, /metrics\n")
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"]) func `Nothing can be changed`(method: String) async throws {
        let response = try await check(method, "/metrics", 405, "GET and HEAD only\n")
        #expect(response.headers["Allow"] == "GET, HEAD")
    }

    @Test(arguments: ["/healthz", "/readyz", "/metrics", "/x"]) func `HEAD is GET without the body`(
        path: String
    ) async throws {
        let get = try await send("GET", path)
        let head = try await send("HEAD", path)
        #expect(head.status == get.status)
        #expect(head.headers == get.headers)
        #expect(head.body.readableBytes == 0)
    }

    @discardableResult
    private func check(_ method: String, _ path: String, _ status: Int, _ text: String) async throws -> TestResponse {
        let response = try await send(method, path)
        #expect(response.status.code == status)
        #expect(String(buffer: response.body) == text)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["Content-Length"] == "\(text.utf8.count)")
        #expect(response.headers["Content-Type"]?.hasPrefix("text/plain") == true)
        return response
    }

    private func send(_ method: String, _ path: String) async throws -> TestResponse {
        let method = try #require(HTTPRequest.Method(method))
        return try await app.test(.router) { try await $0.execute(uri: path, method: method) }
    }
}
