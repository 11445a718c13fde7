import NIOCore
import NIOHTTP1

/// What is written: responses of routes on their way out, and what they ask of the channel.
extension ConnectionHandler {
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
            self.learn(head)
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

    var isCloseWanted: Bool {
        self.isQuiescing || self.surroundings.draining.isOn || self.connection.closesAfterResponse
    }

    func responseEnded(_ context: ChannelHandlerContext) {
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
}
