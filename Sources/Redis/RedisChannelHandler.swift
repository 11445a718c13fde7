import NIOCore

/// One connection: commands go out in the order in which they come, all of a turn of the event loop at once, and replies find their
/// callers.
final class RedisChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Submission
    typealias OutboundOut = ByteBuffer

    /// A command and who waits for its reply.
    struct Submission: Sendable {
        let command: Command
        let deadline: NIODeadline
        let complete: CommandQueue.Completion
    }

    private let pulse: ServerPulse
    private let fault: ConnectionFault
    private var queue = CommandQueue()
    private var lastHeard = NIODeadline.now()
    private var reader = ReplyReader()
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    private var watch: Scheduled<Void>?
    private var isClosed = false

    /// How exactly deadlines are kept.
    private static let watchInterval = TimeAmount.milliseconds(5)

    /// - Parameter fault: is told of what breaks the connection.
    init(_ pulse: ServerPulse, fault: ConnectionFault) {
        self.pulse = pulse
        self.fault = fault
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let submission = Self.unwrapOutboundIn(data)
        promise?.succeed()
        // Nothing is asked of a stalled server, unless nothing is under way that could tell when it isn't any more.
        let isHeldUp = pulse.isStalled && !queue.isEmpty && ServerPulse.isImpatient(submission.deadline, now: .now())
        guard !isClosed, !isHeldUp else { return submission.complete(.failure(.unavailable)) }
        let hasRoom = queue.append(
            byteCount: submission.command.byteCount, deadline: submission.deadline, now: .now(),
            complete: submission.complete)
        guard hasRoom else { return submission.complete(.failure(.busy)) }
        submission.command.write(to: &outgoing)
        scheduleFlush(context)
        scheduleWatch(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = .now()
        pulse.heard()
        do throws(RedisError) {
            try reader.feed(Self.unwrapInboundIn(data))
            while !isClosed, let reply = try reader.next() {
                switch queue.next() {
                case .caller(let complete): complete(Self.result(of: reply))
                case .nobody: break
                case .unasked: throw .malformed
                }
            }
        } catch {
            end(context, .malformed)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .unavailable)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fault.set(RedisError(connecting: error))
        end(context, .unavailable)
    }

    private static func result(of reply: Reply) -> Result<Reply, RedisError> {
        if case .error(let error) = reply { .failure(.server(error)) } else { .success(reply) }
    }

    private func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute { [self] in
            isFlushScheduled = false
            guard !isClosed else { return }
            let bytes = outgoing
            outgoing = ByteBuffer()
            context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
        }
    }

    /// Looks at deadlines as long as anybody waits.
    private func scheduleWatch(_ context: ChannelHandlerContext) {
        guard watch == nil, !queue.isEmpty else { return }
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: Self.watchInterval) { [self] in
            watch = nil
            let now = NIODeadline.now()
            for complete in queue.expire(now: now) { complete(.failure(.timedOut)) }
            if let sent = queue.firstSent,
                pulse.check(silentSince: max(sent, lastHeard), byteCount: queue.byteCount, now: now)
            {
                for complete in queue.expire(now: now + ServerPulse.impatience) { complete(.failure(.timedOut)) }
            }
            guard !queue.isSilent(now: now) else { return end(context, .unavailable) }
            scheduleWatch(context)
        }
    }

    private func end(_ context: ChannelHandlerContext, _ error: RedisError) {
        guard !isClosed else { return }
        isClosed = true
        watch?.cancel()
        for complete in queue.removeAll() { complete(.failure(error)) }
        context.close(promise: nil)
    }
}
