package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization

/// Messages of some channels, over a connection of its own.
///
/// Redis tells nobody that a message was missed. What can be known is ``standing``: since when this subscription has been up without
/// a gap, and up to when nothing can have been missed, because a PING that was sent then has come back.
package final class RedisSubscription: Service {
    /// Takes a message; called on an event loop, in order, and must be short.
    package typealias Handler = @Sendable (_ channel: String, _ message: ByteBuffer) -> Void

    /// How far messages can be relied on.
    package struct Standing: Hashable, Sendable {
        /// Another number each time that the subscription is made anew.
        package let era: UInt64
        /// All messages that were published before have been handled, if they were published in this era.
        package let completeUntil: NIODeadline
    }

    private let connector: RedisConnector
    private let channels: [String]
    private let handler: Handler
    private let logger: Logger
    private let state: Mutex<(era: UInt64, standing: Standing?)>

    /// Between two PINGs. Four that stay without an answer end the connection.
    package static let heartbeat = TimeAmount.milliseconds(250)

    package init(
        _ address: RedisAddress, authorityPath: String? = nil, channels: [String], group: any EventLoopGroup,
        logger: Logger, handler: @escaping Handler
    ) throws {
        connector = try RedisConnector(address, authorityPath: authorityPath, group: group)
        self.channels = channels
        self.handler = handler
        self.logger = logger
        state = Mutex((0, nil))
    }

    /// Nil while it is down.
    package var standing: Standing? { state.withLock { $0.standing } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = RedisBackoff()
            while !Task.isCancelled {
                if await self.serve() { backoff = RedisBackoff() }
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    /// - Returns: whether it was up.
    private func serve() async -> Bool {
        let channel: any Channel
        do {
            // Greeted as a connection for commands; then it turns into one for messages.
            channel = try await connector.connect()
            try await listen(channel)
        } catch { return false }
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        let wasUp = state.withLock { state in
            defer { state.standing = nil }
            return state.standing != nil
        }
        return wasUp
    }

    private func listen(_ channel: any Channel) async throws {
        let (channels, handler) = (channels, handler)
        try await channel.eventLoop.submit { [self] in
            let commands = try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self)
            let listener = SubscriptionHandler(channels: channels, handler: handler) { [self] sent in
                state.withLock { state in
                    if state.standing == nil { state.era += 1 }
                    state.standing = Standing(era: state.era, completeUntil: sent)
                }
            }
            try channel.pipeline.syncOperations.addHandler(listener, position: .before(commands))
            channel.pipeline.syncOperations.removeHandler(commands, promise: nil)
            listener.begin()
        }.get()
    }
}

/// The other end of ``RedisSubscription``: subscribes, sends PINGs, and takes apart what comes.
private final class SubscriptionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let channels: [String]
    private let handler: RedisSubscription.Handler
    private let heard: (_ pingSent: NIODeadline) -> Void
    private var reader = ReplyReader()
    private var subscribedCount = 0
    /// When each PING was sent that is not answered yet.
    private var pings: CircularBuffer<NIODeadline> = []
    private var context: ChannelHandlerContext?
    private var beat: Scheduled<Void>?

    private static let unansweredCountMax = 4

    init(
        channels: [String], handler: @escaping RedisSubscription.Handler, heard: @escaping (NIODeadline) -> Void
    ) {
        self.channels = channels
        self.handler = handler
        self.heard = heard
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        beat?.cancel()
        self.context = nil
    }

    func begin() {
        send(Command("SUBSCRIBE", channels))
        ping()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try reader.feed(Self.unwrapInboundIn(data))
            while let reply = try reader.next() { try take(reply) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ reply: Reply) throws(RedisError) {
        guard let elements = reply.elements, let kind = elements.first?.text else { throw .malformed }
        switch (kind, elements.count) {
        case ("subscribe", 3): subscribedCount += 1
        case ("message", 3):
            guard let channel = elements[1].text, let message = elements[2].bytes else { throw .malformed }
            handler(channel, message)
        case ("pong", 2):
            guard let sent = pings.popFirst() else { throw .malformed }
            // One that was sent before all channels were subscribed to says nothing of them, but is answered after.
            if subscribedCount == channels.count { heard(sent) }
        default: throw .malformed
        }
    }

    private func ping() {
        guard let context else { return }
        guard pings.count < Self.unansweredCountMax else { return context.close(promise: nil) }
        pings.append(.now())
        send(Command("PING"))
        beat = context.eventLoop.assumeIsolated().scheduleTask(in: RedisSubscription.heartbeat) { [self] in ping() }
    }

    private func send(_ command: Command) {
        guard let context else { return }
        var bytes = ByteBuffer()
        command.write(to: &bytes)
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }
}
