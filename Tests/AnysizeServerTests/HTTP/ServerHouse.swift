import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOEmbedded
import ServiceLifecycle
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The public surface on the fakes. Two originals are there from the start: `cat`, of 400 by 300 pixels, and `gone`, which has
/// been deleted.
struct ServerHouse: Sendable {
    static let catBytes = SampleBytes.jpeg()
    static let cat = OriginalID("cat")!

    let flow: TestFlow
    let cat: OriginalRecord
    private let responder: AnysizeResponder
    private let log = RequestLog(logger: ServerHouse.quiet)
    private let clock: WallClock

    init(
        keys: [APIKey] = [], clients: ClientLimits? = nil, signing: URLSigning = URLSigning(),
        presets: Presets = Presets(), clock: WallClock = .system, _ change: (inout TestFlow.Settings) -> Void = { _ in }
    ) {
        flow = TestFlow(change)
        cat = flow.store.put(Self.cat, Self.catBytes)
        let gone = OriginalID("gone")!
        flow.store.put(gone, Self.catBytes)
        flow.store.drop(gone)
        responder = AnysizeResponder(
            variants: flow.variants, uploads: flow.uploads, originals: flow.originals, keys: KeyRing(keys),
            clients: clients, signing: signing, presets: presets, clock: clock, freshnessSeconds: 300,
            staleSeconds: 600, log: log
        )
        self.clock = clock
    }

    /// Writes nothing, but keeps metadata: a request's id is in its logger's.
    private static let quiet: Logger = {
        var logger = Logger(label: "server-tests")
        logger.logLevel = .critical
        return logger
    }()

    var app: Application<AnysizeResponder> { Application(responder: responder, logger: Self.quiet) }

    /// Sends one request past the network, as `GET /img/cat?w=100`.
    func send(
        _ request: String, _ headers: [String: String] = [:], body: ByteBuffer? = nil
    ) async throws -> TestResponse {
        let (method, uri) = try Self.parse(request)
        return try await app.test(.router) { client in
            try await client.execute(uri: uri, method: method, headers: HTTPFields(headers), body: body)
        }
    }

    /// Sends a request whose body comes piece by piece and without a declared length.
    func stream<Body: AsyncSequence & Sendable>(
        _ request: String, _ headers: [String: String] = [:], body: Body
    ) async throws -> Response where Body.Element == ByteBuffer, Body.AsyncIterator: SendableMetatype {
        let (method, uri) = try Self.parse(request)
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost", path: uri, headerFields: HTTPFields(headers)
        )
        var logger = Self.quiet
        logger[metadataKey: "hb.request.id"] = "streamed"
        let context = BasicRequestContext(source: .init(channel: NIOAsyncTestingChannel(), logger: logger))
        return try await responder.respond(
            to: Request(head: head, body: RequestBody(asyncSequence: body)), context: context
        )
    }

    /// Runs the public listener on a port of this machine for as long as the test does.
    /// - Parameter metrics: where the hit lane counts; nil to have none.
    func serve(lane metrics: PrometheusRegistry? = nil, _ test: @Sendable (_ port: Int) async throws -> Void)
        async throws
    {
        let lane = metrics.map { HitLane(variants: flow.variants, log: log, clock: clock, metrics: $0) }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let listener = Listeners.publicListener(
            responder, at: .init(host: "127.0.0.1", port: 0), limits: ConnectionLimits(), draining: Draining(),
            lane: lane, logger: Self.quiet
        ) { port.yield($0) }
        let services = ServiceGroup(configuration: .init(services: [listener], logger: Self.quiet))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() { try await test(port) }
            group.cancelAll()
        }
    }

    private static func parse(_ request: String) throws -> (HTTPRequest.Method, String) {
        let parts = request.split(separator: " ", maxSplits: 1)
        return (try #require(HTTPRequest.Method(String(parts[0]))), String(parts[1]))
    }
}

extension ServerHouse {
    /// What the fake renders of `cat`.
    func variant(_ query: String) throws -> Variant {
        let recipe = try Recipe(query: query).settled(for: cat.facts)
        return FakeRenderer.variant(of: Self.catBytes, plan: .make(recipe, for: cat.facts, from: .original))
    }

    /// The name of a variant of `cat`.
    func key(_ query: String) throws -> VariantKey {
        VariantKey(original: cat.digest, recipe: try Recipe(query: query).settled(for: cat.facts), source: .original)
    }
}

/// A problem document, as a client reads it.
struct ProblemDocument: Decodable {
    var type: String
    var title: String
    var status: Int
    var detail: String
    var request: String
    var parameter: String?
    var max: Int?
    var actual: Int?
}

/// Checks everything that all problems have in common, and gives back the document.
@discardableResult
func checkProblem(
    _ response: TestResponse, _ status: Int, _ kind: String, parameter: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> ProblemDocument {
    #expect(response.status.code == status, sourceLocation: sourceLocation)
    #expect(response.headers["Content-Type"] == "application/problem+json", sourceLocation: sourceLocation)
    #expect(response.headers["Content-Length"] == "\(response.body.readableBytes)", sourceLocation: sourceLocation)
    #expect(response.headers["X-Content-Type-Options"] == "nosniff", sourceLocation: sourceLocation)
    #expect(response.headers["Access-Control-Allow-Origin"] == "*", sourceLocation: sourceLocation)
    let isMissing = status == 404 || status == 410
    #expect(
        response.headers["Cache-Control"] == (isMissing ? "public, max-age=10" : "no-store"),
        sourceLocation: sourceLocation
    )
    let document = try JSONDecoder().decode(ProblemDocument.self, from: Data(response.body.readableBytesView))
    #expect(document.type == "urn:anysize:problem:\(kind)", sourceLocation: sourceLocation)
    #expect(document.status == status, sourceLocation: sourceLocation)
    #expect(document.parameter == parameter, sourceLocation: sourceLocation)
    #expect(!document.title.isEmpty && !document.request.isEmpty, sourceLocation: sourceLocation)
    #expect(document.detail.hasSuffix("."), "a detail is a sentence", sourceLocation: sourceLocation)
    return document
}

/// Any JSON answer.
func decode<Document: Decodable>(_ type: Document.Type, from response: TestResponse) throws -> Document {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(type, from: Data(response.body.readableBytesView))
}

/// The members of an original's document.
struct OriginalInfo: Decodable, Equatable {
    var id: String
    var digest: String
    var format: String
    var width: Int
    var height: Int
    var bytes: Int
    var pages: Int
    var alpha: Bool
    var profile: String?
    var dominantColor: String
    var thumbHash: String
    var blurHash: String
    var palette: [Color]?
    var preview: String?
    var exif: [String: String]?
    var created: Date
    var srcset: String?

    struct Color: Decodable, Equatable {
        var color: String
        var share: Double
    }
}

/// A page of a listing.
struct ListPage: Decodable {
    var originals: [OriginalInfo]
    var next: String?
}

extension HTTPFields {
    init(_ fields: [String: String]) {
        self.init()
        for (name, value) in fields {
            // The names of tests are tokens; one that isn't fails its test by ending the process.
            append(HTTPField(name: HTTPField.Name(name)!, value: value))
        }
    }

    subscript(name: String) -> String? { self[HTTPField.Name(name)!] }
}
