import AnysizeServer
import HTTPTypes
import Hummingbird
import Logging
import MetricsTestKit
import NIOCore
import ServiceLifecycle
import Synchronization

/// A running server whose routes do what the tests of `ConnectionHandler` need, and write down what became of them.
struct ConnectionServer: Sendable {
    /// What happened inside the routes, in order.
    final class Journal: Sendable {
        private let entries = Mutex<[String]>([])
        private let changes: AsyncStream<Void>
        private let signal: AsyncStream<Void>.Continuation

        init() {
            (self.changes, self.signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        func note(_ entry: String) {
            self.entries.withLock { $0.append(entry) }
            self.signal.yield()
        }

        var all: [String] { self.entries.withLock { $0 } }

        /// Waits until something has been noted, and says how long that took.
        @discardableResult
        func wait(for entry: String) async -> Duration {
            await ContinuousClock().measure {
                while !self.all.contains(entry), !Task.isCancelled {
                    var iterator = self.changes.makeAsyncIterator()
                    await iterator.next()
                }
            }
        }
    }

    let port: Int
    let journal: Journal
    let draining: Draining
    let count: ConnectionCount
    let metrics: TestMetrics
    let services: ServiceGroup

    func connect(readsNothing: Bool = false) async throws -> RawClient {
        try await RawClient.connect(port: self.port, readsNothing: readsNothing)
    }

    /// How many connections were closed for a reason.
    func closedCount(_ reason: ConnectionMetrics.CloseReason) -> Int64 {
        self.metrics.counterTotal(
            label: "anysize_connections_closed_total",
            dimensions: [("reason", reason.rawValue)]
        )
    }

    /// Runs a server for as long as the test does.
    static func run(
        limits: ConnectionLimits = ConnectionLimits(),
        _ test: @Sendable (ConnectionServer) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let journal = Journal()
        let draining = Draining()
        let count = ConnectionCount(limits: limits)
        let metrics = TestMetrics()
        var logger = Logger(label: "connection-tests")
        logger.logLevel = .critical
        let app = Application(
            router: Self.router(journal),
            server: .anysize(
                limits: limits,
                count: count,
                draining: draining,
                metrics: ConnectionMetrics(factory: metrics)
            ),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress!.port!) },
            logger: logger
        )
        let services = ServiceGroup(configuration: .init(services: [app], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { return }
            try await test(
                ConnectionServer(
                    port: port,
                    journal: journal,
                    draining: draining,
                    count: count,
                    metrics: metrics,
                    services: services
                )
            )
            group.cancelAll()
        }
    }

    private static func router(_ journal: Journal) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        router.head("hello") { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "hello"))) }
        router.head("chunked") { _, _ in Self.chunked }
        router.get("chunked") { _, _ in Self.chunked }
        router.get("peer") { _, _ in Connection.current?.remoteAddress ?? "none" }
        router.post("echo") { request, _ in
            Connection.current?.continueBody()
            return try await Self.body(of: request, journal)
        }
        router.post("impatient") { request, _ in try await Self.body(of: request, journal) }
        router.post("sluggish") { request, _ in
            try await Task.sleep(for: .seconds(6))
            return try await Self.body(of: request, journal)
        }
        router.post("early") { _, _ in
            Response(status: .unauthorized, body: .init(byteBuffer: ByteBuffer(string: "no key")))
        }
        router.post("late") { request, _ in
            _ = try await Self.body(of: request, journal)
            return Response(status: .unprocessableContent)
        }
        router.get("last") { _, _ in
            Connection.current?.closeAfterResponse()
            return "goodbye"
        }
        router.get("big") { _, _ in
            let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)
            return Response(
                status: .ok,
                body: .init(contentLength: 320 * piece.readableBytes) { writer in
                    for _ in 0..<320 { try await writer.write(piece) }
                    try await writer.finish(nil)
                }
            )
        }
        router.get("endless") { _, _ in
            let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)
            return Response(
                status: .ok,
                body: .init { writer in
                    do {
                        while true { try await writer.write(piece) }
                    } catch {
                        journal.note("writing failed")
                        throw error
                    }
                }
            )
        }
        router.get("broken") { _, _ in
            Response(
                status: .ok,
                body: .init(contentLength: 100) { writer in
                    try await writer.write(ByteBuffer(string: "half"))
                    throw CancellationError()
                }
            )
        }
        router.get("sleep") { _, _ in
            guard let connection = Connection.current else { return "no connection" }
            do {
                return try await connection.cancelledWhenGone {
                    journal.note("asleep")
                    try await Task.sleep(for: .seconds(60))
                    return "slept"
                }
            } catch {
                journal.note("cancelled")
                throw error
            }
        }
        router.get("gated") { _, _ in
            journal.note("at the gate")
            while !journal.all.contains("gate open") { try await Task.sleep(for: .milliseconds(5)) }
            return "done"
        }
        router.get("brief") { _, _ in
            journal.note("brief")
            try await Task.sleep(for: .milliseconds(100))
            return "done"
        }
        return router
    }

    private static var chunked: Response {
        Response(
            status: .ok,
            body: .init { writer in
                try await writer.write(ByteBuffer(string: "pieces"))
                try await writer.finish(nil)
            }
        )
    }

    private static func body(of request: Request, _ journal: Journal) async throws -> String {
        var byteCount = 0
        do {
            var text = ""
            for try await bytes in request.body {
                byteCount += bytes.readableBytes
                if byteCount <= 1000 { text += String(buffer: bytes) }
            }
            journal.note("body of \(byteCount)")
            return byteCount <= 1000 ? text : "\(byteCount)"
        } catch {
            journal.note("body failed: \(error)")
            throw error
        }
    }
}
