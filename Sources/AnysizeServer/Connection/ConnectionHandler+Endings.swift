import NIOCore
import NIOHTTP1

/// How a connection ends: with an answer of our own, after the last one, or at once.
extension ConnectionHandler {
    /// Answers in the route's place if it hasn't begun to, ends the reading of the request's body, and closes.
    func fail(_ status: HTTPResponseStatus, _ error: ConnectionError, _ context: ChannelHandlerContext) {
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
    func answer(_ answer: ConnectionAnswer, _ context: ChannelHandlerContext) {
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
    func refuseConnection(_ context: ChannelHandlerContext) {
        self.answer(ConnectionAnswer(status: .serviceUnavailable, retryAfterSeconds: 1), context)
    }

    /// Server shutdown: what rests is closed, what is being answered or asked is finished first.
    func quiesce(_ context: ChannelHandlerContext) {
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
    func beginClosing(isRequestUnread: Bool, _ context: ChannelHandlerContext) {
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

    func linger(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        self.clock.lingeringBegan(now: .now())
        context.close(mode: .output, promise: nil)
        self.discardMore(context)
        self.schedule(context)
    }

    /// Reads on while the client may send more to be thrown away, and closes when it has sent enough or left.
    func discardMore(_ context: ChannelHandlerContext) {
        guard self.meter.discardedByteCount < self.limits.lingerByteCountMax else {
            if self.clock.isLingering { self.closeNow(context) }
            return
        }
        context.read()
    }

    /// Closes at once and has the operating system forget what it still holds for the client: up to megabytes that it
    /// would go on offering to a client that doesn't take them.
    func reset(_ context: ChannelHandlerContext) {
        // The C structure `linger`, which only a private module of NIO could name: on, for zero seconds.
        let linger: (isOn: CInt, seconds: CInt) = (1, 0)
        _ = (context.channel as? any SocketOptionProvider)?
            .unsafeSetSocketOption(level: .socket, name: .so_linger, value: linger)
        self.closeNow(context)
    }

    /// Closes without waiting for anything.
    func closeNow(_ context: ChannelHandlerContext) {
        if self.life == .open, self.exchange.input == .body {
            // As in `fail`: the decoder would report the cut body, but is no longer listened to.
            context.fireErrorCaught(ConnectionError.clientGone)
        }
        self.life = .closing
        context.close(promise: nil)
    }
}
