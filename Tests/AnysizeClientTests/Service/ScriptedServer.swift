import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real server on a free loopback port that answers as a test wants: for what a healthy service doesn't do on demand.
final class ScriptedServer: Sendable {
    /// What it does with a request.
    enum Deed: Sendable {
        case answer(Int, [String: String] = [:], body: String = "")
        /// Closes the connection without a word.
        case hangUp
    }

    /// A request as it has arrived, whole or not.
    struct Seen: Sendable {
        let method: HTTPMethod
        let target: String
        let headers: HTTPHeaders
        var body: [UInt8] = []
        var isWhole = false
    }

    let port: Int
    private let log: Log

    /// What has come in, whole or in part, by the order of its heads.
    var requests: [Seen] { log.requests.withLock { $0 } }

    /// Calls the body with a server that is gone afterwards.
    /// - Parameter deed: for each whole request, by its number from 0 on.
    static func with<Value>(
        _ deed: @escaping @Sendable (Int, Seen) -> Deed, _ body: (ScriptedServer) async throws -> Value
    ) async throws -> Value {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(log: log, deed: deed))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel, log)
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private init(_ channel: any Channel, _ log: Log) {
        port = channel.localAddress?.port ?? 0
        self.log = log
    }

    private final class Log: Sendable {
        let requests = Mutex<[Seen]>([])
    }

    /// One connection.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: Log
        private let deed: @Sendable (Int, Seen) -> Deed
        private var number = 0

        init(log: Log, deed: @escaping @Sendable (Int, Seen) -> Deed) {
            self.log = log
            self.deed = deed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                number = log.requests.withLock { requests in
                    requests.append(Seen(method: head.method, target: head.uri, headers: head.headers))
                    return requests.count - 1
                }
            case .body(let bytes):
                log.requests.withLock { $0[number].body += Array(bytes.readableBytesView) }
            case .end:
                let seen = log.requests.withLock { requests in
                    requests[number].isWhole = true
                    return requests[number]
                }
                carryOut(deed(number, seen), context)
            }
        }

        private func carryOut(_ deed: Deed, _ context: ChannelHandlerContext) {
            guard case .answer(let status, let fields, let body) = deed else { return context.close(promise: nil) }
            var headers = HTTPHeaders(fields.map { ($0.key, $0.value) })
            headers.add(name: "Content-Length", value: "\(body.utf8.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
