import Logging
import NIOCore
import NIOHTTP1

/// Keeps one client within its limits, right behind the HTTP decoder.
///
/// * It lets one request at a time through and holds back what a pipelining client sent beyond it.
/// * It keeps the time (`ConnectionClock`) with a single scheduled task, and says `Connection: close` where that is what
///   will happen (`Exchange`).
/// * It is the only one that closes: after the last answer it shuts our side, reads on for a moment so that the answer
///   isn't lost to a reset, and closes. Others' wishes to close are noted or refused while that goes on.
/// * It answers by itself where there is no request that a route could answer, and once at most.
///
/// All of it runs on the connection's event loop.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What a connection shares with all others of its server.
    struct Surroundings: Sendable {
        let limits: ConnectionLimits
        let draining: Draining
        let metrics: ConnectionMetrics
        let logger: Logger
    }

    private enum Life {
        case open
        /// The last answer is written: nothing more is passed on, in either direction.
        case closing
    }

    /// What came in while the current request still waited for its response.
    private enum Held {
        case part(HTTPServerRequestPart)
        case failure(HTTPResponseStatus)
        case inputClosed
    }

    private let admission: ConnectionCount.Admission
    private let connection: Connection
    private let meter: WireMeter
    private let surroundings: Surroundings

    private var life = Life.open
    private var exchange = Exchange()
    private var clock: ConnectionClock
    private var held = CircularBuffer<Held>()
    private var isReleasing = false
    private var isReadHeld = false
    private var isQuiescing = false
    private var isNextHeaderBegun = false
    private var isOverfull = false
    private var bodyByteCount = 0
    private var seenByteCount = 0
    private var didReceiveParts = false
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?

    init(
        admission: ConnectionCount.Admission,
        connection: Connection,
        meter: WireMeter,
        surroundings: Surroundings
    ) {
        self.admission = admission
        self.connection = connection
        self.meter = meter
        self.surroundings = surroundings
        self.clock = ConnectionClock(limits: surroundings.limits, now: .now())
    }

    private var limits: ConnectionLimits { self.surroundings.limits }

    // MARK: Life of the channel

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        switch self.admission {
        case .admitted:
            break
        case .refused:
            self.meter.isDiscarding = true
            self.clock.lingeringBegan(now: .now())
        case .dropped:
            self.closeNow(context)
        }
        self.schedule(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.peerLeft()
        self.life = .closing
        self.timer?.task.cancel()
        self.timer = nil
        self.held.removeAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.task.cancel()
        self.timer = nil
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.life == .open else { return }
        self.didReceiveParts = true
        self.receive(.part(Self.unwrapInboundIn(data)), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.life == .open {
            self.keepTime()
        }
        context.fireChannelReadComplete()
        self.didReceiveParts = false
        self.seenByteCount = self.meter.receivedByteCount
        if self.admission == .refused, self.life == .open, self.meter.receivedByteCount > 0 {
            self.refuseConnection(context)
        }
        if self.life == .closing {
            self.discardMore(context)
        }
        self.schedule(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.surroundings.logger.debug("Connection error", metadata: ["error": "\(error)"])
        guard self.life == .open else { return }
        guard error is HTTPParserError, !self.meter.isInputClosed else {
            // The decoder calls it an error, too, when a client leaves in the middle of a request.
            self.peerLeft()
            if self.exchange.input == .body {
                context.fireErrorCaught(ConnectionError.clientGone)
            }
            return
        }
        self.meter.isDiscarding = true
        self.receive(.failure(Self.status(for: error)), context)
        self.schedule(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            self.quiesce(context)
        case ChannelEvent.inputClosed:
            self.peerLeft()
            guard self.life == .open else { return }
            self.receive(.inputClosed, context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Passes on what came in, or keeps it until the current request has its response.
    private func receive(_ item: Held, _ context: ChannelHandlerContext) {
        guard self.exchange.holdsNext || !self.held.isEmpty else {
            self.pass(item, context)
            return
        }
        guard !self.isOverfull else { return }
        self.held.append(item)
        guard self.held.count >= self.limits.heldPartCountMax else { return }
        // Nothing was read on purpose, but when a client closes its side NIO reads all that it sent before.
        self.isOverfull = true
        self.meter.isDiscarding = true
        self.held.append(.failure(.tooManyRequests))
    }

    private func pass(_ item: Held, _ context: ChannelHandlerContext) {
        switch item {
        case .part(.head(let head)):
            self.isNextHeaderBegun = false
            if let status = self.exchange.begin(head) {
                self.surroundings.metrics.closed(.parseError)
                self.answer(ConnectionAnswer(status: status), context)
            } else {
                context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            }
        case .part(.body(let bytes)):
            self.bodyByteCount += bytes.readableBytes
            context.fireChannelRead(Self.wrapInboundOut(.body(bytes)))
        case .part(.end(let trailers)):
            self.exchange.requestEnded()
            self.clock.requestEnded()
            self.bodyByteCount = 0
            if self.exchange.isLast {
                // The decoder would pile up without limit what it doesn't read.
                self.meter.isDiscarding = true
            }
            context.fireChannelRead(Self.wrapInboundOut(.end(trailers)))
        case .failure(let status):
            self.surroundings.metrics.closed(.parseError)
            self.fail(status, .malformedBody, context)
        case .inputClosed:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// Lets held requests through, up to and including the next one; called when a response has ended.
    ///
    /// A handler behind us may answer in the middle of it and so call this again: the outer call goes on, or the stack
    /// would grow with every request that a client cares to pipeline.
    private func release(_ context: ChannelHandlerContext) {
        guard !self.isReleasing, !self.held.isEmpty else { return }
        self.isReleasing = true
        while self.life == .open, !self.exchange.holdsNext, let item = self.held.popFirst() {
            self.pass(item, context)
        }
        self.isReleasing = false
        guard self.life == .open else { return }
        self.keepTime()
        context.fireChannelReadComplete()
        if self.held.isEmpty, self.isReadHeld {
            self.isReadHeld = false
            self.read(context: context)
        }
    }

    /// The client closed its side, or the connection is gone.
    private func peerLeft() {
        guard !self.connection.isGone else { return }
        if self.life == .open, self.exchange.isInProgress {
            self.surroundings.metrics.closed(.clientGone)
        }
        self.connection.becomeGone()
    }

    // MARK: Outbound

    func read(context: ChannelHandlerContext) {
        // After the last answer only we decide how much more is read; see discardMore.
        guard self.life == .open else { return }
        guard self.held.isEmpty, !(self.exchange.isLast && self.exchange.holdsNext) else {
            // One batch beyond the current request is enough. That the client leaves is noticed without reading.
            self.isReadHeld = true
            return
        }
        if self.exchange.input == .body {
            self.clock.readingResumed(now: .now())
            self.schedule(context)
        }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.life == .open, self.exchange.isInProgress else {
            // We answered in the route's place; what it has to say is no longer of interest.
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head):
            self.exchange.respond(&head, isCloseWanted: self.isCloseWanted)
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .body where self.exchange.isBodyless:
            promise?.succeed()
        case .body:
            context.write(data, promise: promise)
        case .end where self.exchange.isBodyless:
            // The encoder would end a body that isn't there, with a last chunk that the client takes for the next answer.
            promise?.succeed()
            self.responseEnded(context)
        case .end:
            context.write(data, promise: promise)
            self.responseEnded(context)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        self.watchWrites(context)
        self.schedule(context)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ContinueBody else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
        guard self.life == .open, self.exchange.takeContinue() else { return }
        context.write(Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        self.clock.bodyBecameDue(now: .now())
        self.flush(context: context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            context.close(mode: .input, promise: promise)
        case .output, .all:
            // Hummingbird shuts its side when it has no more to write, and closes when its task for the connection
            // ends. Either way the connection ends when the last bytes are out, which is ours to see to.
            if let promise { context.channel.closeFuture.cascade(to: promise) }
            guard self.life == .open else { return }
            if self.exchange.isInProgress {
                // Nobody is left to finish this response: the client must not take it for complete.
                self.closeNow(context)
            } else {
                self.beginClosing(isRequestUnread: false, context)
                context.flush()
            }
        }
    }

    private var isCloseWanted: Bool {
        self.isQuiescing || self.surroundings.draining.isOn || self.connection.closesAfterResponse
    }

    private func responseEnded(_ context: ChannelHandlerContext) {
        let isLast = self.isQuiescing || self.connection.closesAfterResponse
        switch self.exchange.responseEnded(isCloseWanted: isLast) {
        case .awaitRequest:
            let now = NIODeadline.now()
            self.clock.responseEnded(now: now)
            if self.isNextHeaderBegun, self.held.isEmpty {
                self.clock.headerBegan(now: now)
            }
            self.release(context)
        case .close(isRequestUnread: true):
            context.fireErrorCaught(ConnectionError.answeredEarly)
            self.beginClosing(isRequestUnread: true, context)
        case .close(isRequestUnread: false):
            self.beginClosing(isRequestUnread: !self.held.isEmpty || self.isNextHeaderBegun, context)
        }
    }

    // MARK: Time

    /// Tells the clock how far the batch that has just been read has brought the request.
    private func keepTime() {
        switch self.exchange.input {
        case .none:
            // A batch that ended one request may hold the start of the next; there is no telling, and it is counted as
            // rest until more comes.
            guard self.meter.receivedByteCount != self.seenByteCount, !self.didReceiveParts else { return }
            self.clock.headerBegan(now: .now())
        case .body:
            let now = NIODeadline.now()
            self.clock.bodyProgressed(
                byteCount: self.bodyByteCount,
                isDue: !self.exchange.isContinueAwaited,
                now: now
            )
            self.clock.readingPaused(now: now)
            self.bodyByteCount = 0
        case .ended:
            guard self.meter.receivedByteCount != self.seenByteCount, !self.didReceiveParts else { return }
            self.isNextHeaderBegun = true
        }
    }

    /// Tells the clock how much of what we wrote still waits for the client.
    private func watchWrites(_ context: ChannelHandlerContext) {
        guard let waiting = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes) else { return }
        guard waiting > 0 || self.clock.isWatchingWrites else { return }
        self.clock.wroteBytes(
            waitingByteCount: waiting,
            sentByteCount: self.meter.writtenByteCount - waiting,
            now: .now()
        )
    }

    /// Makes sure that the timer fires at the clock's deadline or before; it is moved only when it must be earlier, so
    /// that a busy keep-alive connection schedules nothing.
    private func schedule(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, let deadline = self.clock.deadline else { return }
        if let timer = self.timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.timePassed(context)
        }
        self.timer = (task, deadline)
    }

    private func timePassed(_ context: ChannelHandlerContext) {
        self.watchWrites(context)
        if let verdict = self.clock.verdict(now: .now()) {
            self.carryOut(verdict, context)
        }
        self.schedule(context)
    }

    private func carryOut(_ verdict: ConnectionClock.Verdict, _ context: ChannelHandlerContext) {
        let metrics = self.surroundings.metrics
        self.surroundings.logger.debug("Connection limit reached", metadata: ["connection.limit": "\(verdict)"])
        switch verdict {
        case .headerTimeout(isBegun: true):
            metrics.closed(.headerTimeout)
            self.fail(.requestTimeout, .bodyTimeout, context)
        case .headerTimeout(isBegun: false):
            metrics.closed(.headerTimeout)
            self.closeNow(context)
        case .idle:
            metrics.closed(.idle)
            self.closeNow(context)
        case .bodySlow:
            metrics.closed(.bodySlow)
            self.fail(.requestTimeout, .bodyTimeout, context)
        case .bodyTimeout:
            metrics.closed(.bodyTimeout)
            self.fail(.requestTimeout, .bodyTimeout, context)
        case .writeSlow:
            metrics.closed(.writeSlow)
            self.reset(context)
        case .lingered:
            self.closeNow(context)
        }
    }

    // MARK: Endings

    /// Answers in the route's place if it hasn't begun to, ends the reading of the request's body, and closes.
    private func fail(_ status: HTTPResponseStatus, _ error: ConnectionError, _ context: ChannelHandlerContext) {
        if self.exchange.isInProgress {
            // Before anything else: a body that just ends, as it does when the channel closes, counts as complete.
            context.fireErrorCaught(error)
        }
        if self.exchange.output == .none {
            self.answer(ConnectionAnswer(status: status), context)
        } else {
            self.closeNow(context)
        }
        self.connection.becomeGone()
    }

    /// Writes an answer of our own, the last of this connection.
    private func answer(_ answer: ConnectionAnswer, _ context: ChannelHandlerContext) {
        context.write(Self.wrapOutboundOut(.head(answer.head)), promise: nil)
        if !self.exchange.isBodyless {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
        self.beginClosing(isRequestUnread: true, context)
        self.flush(context: context)
    }

    /// Answers a client that is one too many. Its request isn't read, but waited for: an answer before the question
    /// makes some clients give up with a worse error than ours.
    private func refuseConnection(_ context: ChannelHandlerContext) {
        self.answer(ConnectionAnswer(status: .serviceUnavailable, retryAfterSeconds: 1), context)
    }

    /// Server shutdown: what rests is closed, what is being answered or asked is finished first.
    private func quiesce(_ context: ChannelHandlerContext) {
        self.isQuiescing = true
        guard self.life == .open, !self.exchange.isInProgress, !self.clock.isHeaderBegun else { return }
        self.closeNow(context)
    }

    /// The last answer is written, though perhaps not flushed: see it out, then close.
    ///
    /// An empty write is what tells us that all bytes before it have left. Closing our side in one step would do, if NIO
    /// didn't drop waiting bytes once the client has closed its own.
    ///
    /// - Parameter isRequestUnread: whether the client may still be sending. If so it gets time to read our answer, and
    ///   what it sends is thrown away; otherwise there is nothing to wait for.
    private func beginClosing(isRequestUnread: Bool, _ context: ChannelHandlerContext) {
        self.life = .closing
        self.held.removeAll()
        self.meter.isDiscarding = true
        self.clock.closingBegan()
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result, isRequestUnread, !self.meter.isInputClosed else {
                self.closeNow(context)
                return
            }
            self.linger(context)
        }
        if isRequestUnread {
            context.read()
        }
    }

    private func linger(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        self.clock.lingeringBegan(now: .now())
        context.close(mode: .output, promise: nil)
        self.discardMore(context)
        self.schedule(context)
    }

    /// Reads on while the client may send more to be thrown away, and closes when it has sent enough or left.
    private func discardMore(_ context: ChannelHandlerContext) {
        guard self.meter.discardedByteCount < self.limits.lingerByteCountMax else {
            if self.clock.isLingering { self.closeNow(context) }
            return
        }
        context.read()
    }

    /// Closes at once and has the operating system forget what it still holds for the client: up to megabytes that it
    /// would go on offering to a client that doesn't take them.
    private func reset(_ context: ChannelHandlerContext) {
        // The C structure `linger`, which only a private module of NIO could name: on, for zero seconds.
        let linger: (isOn: CInt, seconds: CInt) = (1, 0)
        _ = (context.channel as? any SocketOptionProvider)?
            .unsafeSetSocketOption(level: .socket, name: .so_linger, value: linger)
        self.closeNow(context)
    }

    /// Closes without waiting for anything.
    private func closeNow(_ context: ChannelHandlerContext) {
        if self.life == .open, self.exchange.input == .body {
            // As in `fail`: the decoder would report the cut body, but is no longer listened to.
            context.fireErrorCaught(ConnectionError.clientGone)
        }
        self.life = .closing
        context.close(promise: nil)
    }

    private static func status(for error: any Error) -> HTTPResponseStatus {
        switch error {
        case HTTPParserError.headerOverflow: .requestHeaderFieldsTooLarge
        case HTTPParserError.invalidVersion: .httpVersionNotSupported
        default: .badRequest
        }
    }
}
