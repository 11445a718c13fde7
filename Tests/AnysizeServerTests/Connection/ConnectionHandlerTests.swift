import Logging
import MetricsTestKit
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import AnysizeServer

/// What sockets can't show: a handler behind ours that answers at once, on the event loop.
@Suite("Connection handler", .timeLimit(.minutes(1)))
struct ConnectionHandlerTests {
    /// Answers every request within the call that delivers it.
    private final class Prompt: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private(set) var requestCount = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = Self.unwrapInboundIn(data) else { return }
            self.requestCount += 1
            let headers: HTTPHeaders = ["content-length": "0", "number": String(self.requestCount)]
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    private func makeChannel(_ prompt: Prompt, limits: ConnectionLimits) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let meter = WireMeter()
        try channel.pipeline.syncOperations.addHandler(meter)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: false
        )
        try channel.pipeline.syncOperations.addHandlers([
            ConnectionHandler(
                admission: .admitted,
                connection: Connection(channel: channel),
                meter: meter,
                surroundings: .init(
                    limits: limits,
                    draining: Draining(),
                    metrics: ConnectionMetrics(factory: TestMetrics()),
                    logger: Logger(label: "test")
                )
            ),
            prompt,
        ])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func output(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    @Test("Any number of pipelined requests is answered at once, in order, on a flat stack")
    func pipelined() throws {
        let prompt = Prompt()
        var limits = ConnectionLimits()
        limits.heldPartCountMax = 1_000_000
        let channel = try self.makeChannel(prompt, limits: limits)
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        try channel.writeInbound(ByteBuffer(string: String(repeating: request, count: 20_000)))
        #expect(prompt.requestCount == 20_000)
        let numbers = try self.output(channel).split(separator: "number: ").dropFirst()
            .map { Int($0.prefix { $0.isNumber }) }
        #expect(numbers == (1...20_000).map { $0 })
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }
}
