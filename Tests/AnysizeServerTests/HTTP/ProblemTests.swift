import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProblemTests {
    /// A request that is refused, and how.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let request: String
        var headers: [String: String] = [:]
        var body: ByteBuffer?
        let status: Int
        let kind: String
        var parameter: String?
        var note = ""
        var prepare: @Sendable (TestFlow) -> Void = { _ in }

        var testDescription: String { "\(request) \(headers) \(note) is \(status) \(kind)" }
    }

    @Test(arguments: recipes + paths + uploads + forms + conditions + pages + renders + stores)
    func `A request that can't be served is told why`(_ refusal: Refusal) async throws {
        let house = ServerHouse()
        refusal.prepare(house.flow)
        let response = try await house.send(refusal.request, refusal.headers, body: refusal.body)
        try checkProblem(response, refusal.status, refusal.kind, parameter: refusal.parameter)
        #expect(house.flow.store.stagedCount == 0)
    }

    private static let recipes = [
        Refusal(request: "GET /img/cat?w=0", status: 400, kind: "bad-recipe", parameter: "w"),
        Refusal(request: "GET /img/cat?width=9000", status: 400, kind: "bad-recipe", parameter: "width"),
        Refusal(request: "GET /img/cat?w=", status: 400, kind: "bad-recipe", parameter: "w"),
        Refusal(request: "GET /img/cat?w=1&w=2", status: 400, kind: "bad-recipe", parameter: "w"),
        Refusal(request: "GET /img/cat?w=1&width=2", status: 400, kind: "bad-recipe", parameter: "width"),
        Refusal(request: "GET /img/cat?nope=1", status: 400, kind: "bad-recipe", parameter: "nope"),
        Refusal(request: "GET /img/cat?fit=fill", status: 400, kind: "bad-recipe", parameter: "fit"),
        Refusal(request: "GET /img/cat?format=heic", status: 400, kind: "bad-recipe", parameter: "format"),
        Refusal(request: "GET /img/cat?crop=500,0,9,9", status: 400, kind: "bad-recipe", parameter: "crop"),
        Refusal(request: "GET /img/cat?%ff=1", status: 400, kind: "bad-recipe"),
        Refusal(
            request: "GET /img/cat?w=\(String(repeating: "1", count: 3000))", status: 400, kind: "bad-recipe"),
    ]

    private static let paths = [
        Refusal(request: "GET /", status: 404, kind: "unknown-path"),
        Refusal(request: "GET /favicon.ico", status: 404, kind: "unknown-path"),
        Refusal(request: "GET /img/cat/thumbnail", status: 404, kind: "unknown-path"),
        Refusal(request: "GET /img/cat/info/more", status: 404, kind: "unknown-path"),
        Refusal(request: "GET /img/", status: 400, kind: "bad-request", parameter: "id"),
        Refusal(request: "GET /img/..", status: 400, kind: "bad-request", parameter: "id"),
        Refusal(request: "GET /img/%2e%2e", status: 400, kind: "bad-request", parameter: "id"),
        Refusal(request: "GET /img/a%2Fb", status: 400, kind: "bad-request", parameter: "id"),
        Refusal(request: "GET /img/dog", status: 404, kind: "unknown-original"),
        Refusal(request: "GET /img/dog/info", status: 404, kind: "unknown-original"),
        Refusal(request: "GET /img/dog/original", status: 404, kind: "unknown-original"),
        Refusal(request: "DELETE /img/dog", status: 404, kind: "unknown-original"),
        Refusal(request: "GET /img/gone?w=5", status: 410, kind: "deleted-original"),
        Refusal(request: "GET /img/gone/info", status: 410, kind: "deleted-original"),
        Refusal(request: "GET /img/gone/original", status: 410, kind: "deleted-original"),
        Refusal(request: "DELETE /img/gone", status: 410, kind: "deleted-original"),
        Refusal(request: "GET /img/cat/info?w=1", status: 400, kind: "bad-request", parameter: "w"),
        Refusal(request: "GET /img/cat/original?x", status: 400, kind: "bad-request", parameter: "x"),
        Refusal(request: "DELETE /img/cat?all=1", status: 400, kind: "bad-request", parameter: "all"),
    ]

    private static let uploads = [
        Refusal(
            request: "POST /img", body: SampleBytes.jpeg(100_001), status: 413, kind: "too-many-bytes"),
        Refusal(
            request: "PUT /img/new", body: SampleBytes.jpeg(100_001), status: 413, kind: "too-many-bytes"),
        Refusal(
            request: "POST /img", headers: ["Content-Type": "image/png"], body: ByteBuffer(string: "<html>"),
            status: 415, kind: "unsupported-format", note: "declared as an image"),
        Refusal(request: "POST /img", body: ByteBuffer(), status: 415, kind: "unsupported-format", note: "empty"),
        Refusal(
            request: "POST /img", headers: ["Content-Encoding": "gzip"], body: SampleBytes.jpeg(), status: 415,
            kind: "unsupported-encoding", parameter: "Content-Encoding"),
        Refusal(
            request: "POST /img?w=100", body: SampleBytes.jpeg(), status: 400, kind: "bad-request", parameter: "w"),
        Refusal(
            request: "PUT /img/\(OriginalID(contentOf: Digest(of: SampleBytes.jpeg(seed: 9))))",
            body: SampleBytes.jpeg(), status: 400, kind: "bad-request", parameter: "id"),
        Refusal(
            request: "POST /img", body: SampleBytes.jpeg(seed: 2), status: 422, kind: "undecodable",
            prepare: { $0.renderer.fail(with: .undecodable(reason: "The file is cut off.", cause: "vips")) }),
        Refusal(
            request: "POST /img", body: SampleBytes.jpeg(seed: 2), status: 422, kind: "beyond-limit",
            parameter: "pixels", prepare: { $0.renderer.fail(with: .beyondLimit(name: "pixels", actual: 9, max: 5)) }),
        Refusal(
            request: "GET /img/cat?w=50&max-bytes=200", status: 422, kind: "result-too-large", parameter: "max-bytes",
            prepare: { $0.renderer.fail(with: .resultTooLarge(byteCount: 900, max: 200)) }),
        Refusal(
            request: "POST /img", body: SampleBytes.jpeg(seed: 2), status: 504, kind: "deadline-passed",
            prepare: { $0.renderer.fail(with: .deadlinePassed) }),
        Refusal(
            request: "POST /img", body: SampleBytes.jpeg(seed: 2), status: 507, kind: "store-full",
            prepare: { $0.store.fail(.commit, with: .full(detail: "ENOSPC")) }),
        Refusal(
            request: "PUT /img/new", body: SampleBytes.jpeg(seed: 2), status: 502, kind: "store-failed",
            prepare: { $0.store.fail(.stage, with: .unavailable(detail: "EIO")) }),
    ]

    private static let forms = [
        Refusal(
            request: "POST /img", headers: ["Content-Type": "multipart/form-data"], body: ByteBuffer(string: "x"),
            status: 400, kind: "bad-request", parameter: "Content-Type"),
        Refusal(
            request: "POST /img", headers: ["Content-Type": "multipart/mixed; boundary=xyz"],
            body: ByteBuffer(string: "x"), status: 400, kind: "bad-request", parameter: "Content-Type"),
        form("--xyz\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA cat\r\n--xyz--\r\n", "without a file"),
        form("--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n", "cut off"),
        form("no form at all", "of no parts"),
    ]

    private static func form(_ body: String, _ note: String) -> Refusal {
        // A form that is cut off in its file may be refused for that or for what the file is; both are right.
        Refusal(
            request: "POST /img", headers: ["Content-Type": "multipart/form-data; boundary=xyz"],
            body: ByteBuffer(string: body), status: 400, kind: "bad-request", parameter: "file", note: note)
    }

    private static let conditions = [
        Refusal(
            request: "PUT /img/cat", headers: ["If-None-Match": "*"], body: SampleBytes.jpeg(), status: 412,
            kind: "precondition-failed"),
        Refusal(
            request: "PUT /img/cat", headers: ["If-Match": "\"\(String(repeating: "0", count: 64))\""],
            body: SampleBytes.jpeg(), status: 412, kind: "precondition-failed"),
        Refusal(
            request: "PUT /img/cat", headers: ["If-Match": "\"not a digest\""], body: SampleBytes.jpeg(), status: 412,
            kind: "precondition-failed"),
        Refusal(
            request: "PUT /img/cat", headers: ["If-Match": "W/\"\(Digest(of: ServerHouse.catBytes))\""],
            body: SampleBytes.jpeg(), status: 412, kind: "precondition-failed", note: "weak"),
        Refusal(
            request: "PUT /img/dog", headers: ["If-Match": "*"], body: SampleBytes.jpeg(), status: 412,
            kind: "precondition-failed"),
        Refusal(
            request: "PUT /img/dog", headers: ["If-None-Match": "\"x\""], body: SampleBytes.jpeg(), status: 400,
            kind: "bad-request", parameter: "If-None-Match"),
        Refusal(
            request: "PUT /img/dog", headers: ["If-None-Match": "*", "If-Match": "*"], body: SampleBytes.jpeg(),
            status: 400, kind: "bad-request", parameter: "If-None-Match"),
        Refusal(
            request: "PUT /img/dog", headers: ["If-Match": "nonsense"], body: SampleBytes.jpeg(), status: 400,
            kind: "bad-request", parameter: "If-Match"),
    ]

    private static let pages = [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=-1", "limit"), ("limit=", "limit"), ("limit", "limit"),
        ("limit=1e2", "limit"), ("limit=1&limit=2", "limit"), ("after=.x", "after"), ("after=", "after"),
        ("page=2", "page"), ("=1", ""), ("%66=1", "f"),
    ].map { Refusal(request: "GET /img?\($0.0)", status: 400, kind: "bad-request", parameter: $0.1) }

    private static let renders = [
        Refusal(
            request: "GET /img/cat?w=9", status: 422, kind: "undecodable",
            prepare: { $0.renderer.fail(with: .undecodable(reason: "The file is cut off.", cause: "vips")) }),
        Refusal(
            request: "GET /img/cat?w=9", status: 504, kind: "deadline-passed",
            prepare: { $0.renderer.fail(with: .deadlinePassed) }),
        Refusal(
            request: "GET /img/cat?w=9", status: 500, kind: "defect",
            prepare: { $0.renderer.fail(with: .failed(cause: "vips says no")) }),
    ]

    private static let stores = [
        Refusal(
            request: "GET /img/cat?w=9", status: 502, kind: "original-damaged",
            prepare: { $0.store.fail(.read, with: .damaged(detail: "/data/ab")) }),
        Refusal(
            request: "GET /img/cat/original", status: 502, kind: "original-damaged",
            prepare: { $0.store.fail(.read, with: .damaged(detail: "/data/ab")) }),
        Refusal(
            request: "GET /img/cat?w=9", status: 502, kind: "store-failed",
            prepare: { $0.store.fail(.find, with: .unavailable(detail: "/data/ab")) }),
        Refusal(
            request: "GET /img/cat/info", status: 502, kind: "store-failed",
            prepare: { $0.store.fail(.find, with: .unavailable(detail: "/data/ab")) }),
        Refusal(
            request: "GET /img", status: 502, kind: "store-failed",
            prepare: { $0.store.fail(.list, with: .unavailable(detail: "/data/ab")) }),
        Refusal(
            request: "DELETE /img/cat", status: 502, kind: "store-failed",
            prepare: { $0.store.fail(.delete, with: .unavailable(detail: "/data/ab")) }),
    ]

    @Test(arguments: [
        ("POST /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"), ("PATCH /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("PUT /img", "GET, HEAD, POST, OPTIONS"), ("DELETE /img", "GET, HEAD, POST, OPTIONS"),
        ("PUT /img/cat/info", "GET, HEAD, OPTIONS"), ("DELETE /img/cat/original", "GET, HEAD, OPTIONS"),
        ("BREW /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"),
    ])
    func `A method that a path doesn't take is told which it does`(request: String, allow: String) async throws {
        let response = try await ServerHouse().send(request)
        let document = try checkProblem(response, 405, "method-not-allowed")
        #expect(response.headers["Allow"] == allow)
        #expect(document.detail.contains(allow))
    }

    @Test func `Overload is an answer, with the time to try again`() async throws {
        let house = ServerHouse {
            $0.permitCount = 1
            $0.queueSecondsMax = 0
        }
        house.flow.renderer.hold()
        let first = Task { try await house.send("GET /img/cat?w=200") }
        await eventually { house.flow.renderer.counts.held == 1 }
        let response = try await house.send("GET /img/cat?w=100")
        try checkProblem(response, 503, "overloaded")
        let seconds = try #require(response.headers["Retry-After"].flatMap { Int($0) })
        #expect((1...60).contains(seconds))
        house.flow.renderer.release()
        #expect(try await first.value.status == .ok)
    }

    @Test func `A limit is told with its number`() async throws {
        let house = ServerHouse()
        let tooMany = try checkProblem(
            try await house.send("POST /img", body: SampleBytes.jpeg(100_001)), 413, "too-many-bytes")
        #expect(tooMany.max == 100_000)
        house.flow.renderer.fail(with: .beyondLimit(name: "pixels", actual: 9, max: 5))
        let beyond = try checkProblem(
            try await house.send("POST /img", body: SampleBytes.jpeg(seed: 2)), 422, "beyond-limit",
            parameter: "pixels")
        #expect(beyond.max == 5 && beyond.actual == 9)
    }

    @Test func `What a store or a library says goes to the log only`() async throws {
        for prepare: @Sendable (TestFlow) -> Void in [
            { $0.renderer.fail(with: .failed(cause: "/data/secret")) },
            { $0.renderer.fail(with: .undecodable(reason: "The file is cut off.", cause: "/data/secret")) },
            { $0.store.fail(.read, with: .unavailable(detail: "/data/secret")) },
            { $0.store.fail(.read, with: .damaged(detail: "/data/secret")) },
        ] {
            let house = ServerHouse()
            prepare(house.flow)
            let response = try await house.send("GET /img/cat?w=9")
            #expect(!String(buffer: response.body).contains("secret"))
        }
    }

    @Test func `Two problems have two request ids`() async throws {
        let house = ServerHouse()
        let first = try checkProblem(try await house.send("GET /x"), 404, "unknown-path")
        let second = try checkProblem(try await house.send("GET /x"), 404, "unknown-path")
        #expect(first.request != second.request)
    }

    @Test func `No header says what the caller said`() async throws {
        let house = ServerHouse()
        let form = "--zebra\r\nContent-Disposition: form-data; name=\"file\"; filename=\"zebra.jpg\"\r\n\r\n"
        var body = ByteBuffer(string: form)
        body.writeImmutableBuffer(SampleBytes.jpeg(seed: 7))
        body.writeString("\r\n--zebra--\r\n")
        let type = "multipart/form-data; boundary=zebra"
        for (request, headers, body) in [
            ("GET /img/cat?zebra=1", [:], nil), ("GET /img/cat?w=zebra", [:], nil), ("GET /zebra", [:], nil),
            ("GET /img/.zebra", [:], nil), ("ZEBRA /img/cat", [:], nil), ("GET /img?zebra=1", [:], nil),
            ("GET /img/cat?w=1", ["Accept": "zebra", "Range": "zebra=1", "If-None-Match": "zebra"], nil),
            ("GET /img/cat?w=1", ["Origin": "http://zebra", "Host": "zebra", "X-Request-ID": "zebra"], nil),
            ("OPTIONS /zebra", ["Access-Control-Request-Headers": "zebra", "Origin": "http://zebra"], nil),
            ("PUT /img/new", ["If-Match": "zebra"], SampleBytes.jpeg()), ("POST /img", ["Content-Type": type], body),
            ("POST /img", ["Authorization": "Bearer zebra", "Content-Encoding": "zebra"], SampleBytes.jpeg()),
        ] as [(String, [String: String], ByteBuffer?)] {
            let response = try await house.send(request, headers, body: body)
            for field in response.headers {
                #expect(!field.value.lowercased().contains("zebra"), "\(field) for \(request)")
            }
        }
    }
}
