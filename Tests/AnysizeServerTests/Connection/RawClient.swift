import NIOCore
import NIOPosix
import Synchronization

/// A client that sends exactly the bytes it is told to, at the time it is told to, and keeps what comes back.
final class RawClient: Sendable {
    /// One response, cut out of the bytes received.
    struct Response: Sendable {
        var status: Int
        var head: String
        var body: String

        /// A field's value, by its name in lower case; nil when the response doesn't have it.
        func field(_ name: String) -> String? {
            self.head.split(separator: "\r\n").dropFirst()
                .map { $0.split(separator: ":", maxSplits: 1) }
                .first { $0[0].lowercased() == name }
                .map { $0[1].trimmingSpaces }
        }

        var closes: Bool { self.field("connection") == "close" }
    }

    private struct State {
        var received = ByteBuffer()
        var isClosed = false
    }

    private let channel: any Channel
    private let state: SharedState
    private let changes: AsyncStream<Void>

    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    /// Connects to a server on this machine.
    ///
    /// - Parameter readsNothing: leaves all that arrives in the operating system's buffers, and keeps those small.
    static func connect(port: Int, readsNothing: Bool = false) async throws -> RawClient {
        let state = SharedState()
        let (changes, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: !readsNothing)
            .channelOption(.socketOption(.so_rcvbuf), value: readsNothing ? 4096 : 256 * 1024)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(state: state, signal: signal))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return RawClient(channel: channel, state: state, changes: changes)
    }

    private init(channel: any Channel, state: SharedState, changes: AsyncStream<Void>) {
        self.channel = channel
        self.state = state
        self.changes = changes
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends zeros as fast as they are taken, until that many are sent or the server closes.
    ///
    /// - Returns: how many were taken.
    func sendZeros(byteCount: Int) async -> Int {
        let piece = ByteBuffer(repeating: 0, count: 64 * 1024)
        var sent = 0
        while sent < byteCount {
            do { try await self.channel.writeAndFlush(piece) } catch { break }
            sent += piece.readableBytes
        }
        return sent
    }

    /// Says that nothing more will be sent, and goes on receiving.
    func closeOutput() async throws {
        try await self.channel.close(mode: .output)
    }

    func close() {
        self.channel.close(promise: nil)
    }

    /// The next response; nil if the server closes before it is complete.
    ///
    /// - Parameter toHead: true when it answers a HEAD request and so has no body.
    func response(toHead: Bool = false) async -> Response? {
        await self.wait { Self.takeResponse(from: &$0.received, toHead: toHead) }
    }

    /// All that is received from now to the end of the connection.
    func remainder() async -> String {
        _ = await self.wait { _ in Never?.none }
        return self.state.value.withLock { String(buffer: $0.received) }
    }

    /// How long the server takes to end the connection, from now.
    func timeToClose() async -> Duration {
        await ContinuousClock().measure { _ = await self.remainder() }
    }

    var isClosed: Bool { self.state.value.withLock { $0.isClosed } }

    private func wait<Value>(_ take: (inout State) -> Value?) async -> Value? {
        while true {
            let (value, isClosed) = self.state.value.withLock { (take(&$0), $0.isClosed) }
            if value != nil || isClosed || Task.isCancelled { return value }
            var iterator = self.changes.makeAsyncIterator()
            await iterator.next()
        }
    }

    private static func takeResponse(from buffer: inout ByteBuffer, toHead: Bool) -> Response? {
        let text = String(buffer: buffer)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(text[..<end.lowerBound])
        guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var response = Response(status: status, head: head, body: "")
        let headByteCount = head.utf8.count + 4
        let length = response.field("content-length").flatMap(Int.init) ?? 0
        let isBodyless = toHead || status < 200 || status == 304
        if !isBodyless, response.field("transfer-encoding") == "chunked" {
            guard let last = text.utf8.firstRange(of: "0\r\n\r\n".utf8) else { return nil }
            response.body = String(text[end.upperBound..<last.lowerBound])
            buffer.moveReaderIndex(forwardBy: text.utf8.distance(from: text.startIndex, to: last.upperBound))
            return response
        }
        let bodyByteCount = isBodyless ? 0 : length
        guard buffer.readableBytes >= headByteCount + bodyByteCount else { return nil }
        buffer.moveReaderIndex(forwardBy: headByteCount)
        response.body = buffer.readString(length: bodyByteCount) ?? ""
        return response
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let state: SharedState
        private let signal: AsyncStream<Void>.Continuation

        init(state: SharedState, signal: AsyncStream<Void>.Continuation) {
            self.state = state
            self.signal = signal
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            _ = self.state.value.withLock { $0.received.writeImmutableBuffer(Self.unwrapInboundIn(data)) }
            self.signal.yield()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { self.end() }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.end()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func end() {
            self.state.value.withLock { $0.isClosed = true }
            self.signal.finish()
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(self.drop { $0 == " " })
    }
}

extension Collection where Element: Equatable {
    /// The first place where `other` occurs.
    fileprivate func firstRange(of other: some Collection<Element>) -> Range<Index>? {
        var start = self.startIndex
        while start != self.endIndex {
            if self[start...].starts(with: other) {
                return start..<self.index(start, offsetBy: other.count)
            }
            self.formIndex(after: &start)
        }
        return nil
    }
}
