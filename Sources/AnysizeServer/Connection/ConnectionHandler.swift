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

    enum Life {
        case open
        /// The last answer is written: nothing more is passed on, in either direction.
        case closing
    }

    /// What came in while the current request still waited for its response.
    enum Held {
        case part(HTTPServerRequestPart)
        case failure(HTTPResponseStatus)
        case inputClosed
    }

    let admission: ConnectionCount.Admission
    let connection: Connection
    let meter: WireMeter
    let surroundings: Surroundings
    /// Answers what it can before a route is asked.
    let lane: LoopHitLane?

    var life = Life.open
    var exchange = Exchange()
    var clock: ConnectionClock
    var held = CircularBuffer<Held>()
    var isReleasing = false
    var isReadHeld = false
    var isQuiescing = false
    var isNextHeaderBegun = false
    var isOverfull = false
    var bodyByteCount = 0
    var seenByteCount = 0
    var didReceiveParts = false
    var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    /// Used by ConnectionHandler+Time alone, once it has asked for them.
    var channelOptions: (any NIOSynchronousChannelOptions)?
    /// Used by ConnectionHandler+HitLane alone.
    var hits = HitState()

    init(
        admission: ConnectionCount.Admission,
        connection: Connection,
        meter: WireMeter,
        surroundings: Surroundings,
        lane: LoopHitLane? = nil
    ) {
        self.admission = admission
        self.connection = connection
        self.meter = meter
        self.surroundings = surroundings
        self.lane = lane
        self.clock = ConnectionClock(limits: surroundings.limits, now: .now())
    }

    var limits: ConnectionLimits { self.surroundings.limits }

    // MARK: Life of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        guard self.lane != nil, self.admission == .admitted else { return }
        self.meter.firstReader = self
    }

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
        self.channelOptions = nil
        self.hits = HitState()
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
        // What is behind us isn't told of a batch that it saw nothing of.
        if !self.flushHits(context) || self.exchange.isInProgress { context.fireChannelReadComplete() }
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
    func receive(_ item: Held, _ context: ChannelHandlerContext) {
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

    func pass(_ item: Held, _ context: ChannelHandlerContext) {
        switch item {
        case .part(.head(let head)):
            self.isNextHeaderBegun = false
            let traits = RequestHead(head)
            if let status = self.exchange.begin(head, traits) {
                self.surroundings.metrics.closed(.parseError)
                self.answer(ConnectionAnswer(status: status), context)
            } else if !self.keepForLane(head, traits) {
                context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            }
        case .part(.body(let bytes)):
            self.giveToRoute(context)
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
            if self.answerFromLane(trailers, context) { return }
            context.fireChannelRead(Self.wrapInboundOut(.end(trailers)))
        case .failure(let status):
            self.surroundings.metrics.closed(.parseError)
            self.fail(status, .malformedBody, context)
        case .inputClosed:
            self.giveToRoute(context)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// Lets held requests through, up to and including the next one; called when a response has ended.
    ///
    /// A handler behind us may answer in the middle of it and so call this again: the outer call goes on, or the stack
    /// would grow with every request that a client cares to pipeline.
    func release(_ context: ChannelHandlerContext) {
        guard !self.isReleasing, !self.held.isEmpty else { return }
        self.isReleasing = true
        while self.life == .open, !self.exchange.holdsNext, let item = self.held.popFirst() {
            self.pass(item, context)
        }
        self.isReleasing = false
        _ = self.flushHits(context)
        guard self.life == .open else { return }
        self.keepTime()
        context.fireChannelReadComplete()
        if self.held.isEmpty, self.isReadHeld {
            self.isReadHeld = false
            self.read(context: context)
        }
    }

    /// The client closed its side, or the connection is gone.
    func peerLeft() {
        guard !self.connection.isGone else { return }
        if self.life == .open, self.exchange.isInProgress {
            self.surroundings.metrics.closed(.clientGone)
        }
        self.connection.becomeGone()
    }

    private static func status(for error: any Error) -> HTTPResponseStatus {
        switch error {
        case HTTPParserError.headerOverflow: .requestHeaderFieldsTooLarge
        case HTTPParserError.invalidVersion: .httpVersionNotSupported
        default: .badRequest
        }
    }
}
