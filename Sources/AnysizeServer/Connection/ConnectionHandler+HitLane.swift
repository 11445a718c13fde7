import NIOCore
import NIOHTTP1

/// What the hit lane needs to remember of one connection.
struct HitState {
    /// A request that is kept back until it is clear that it has no body: a moment, for it ends with its header.
    fileprivate var waiting: (head: HTTPRequestHead, request: HitRequest, since: NIODeadline)?
    /// The current request, where a route answers it and the lane may learn from that.
    fileprivate var routed: HitRequest?
    fileprivate var needsFlush = false
    /// Where bytes are written past the encoder.
    fileprivate var encoder: ChannelHandlerContext?
    /// Whether the next read begins with a request, as far as is known without asking the decoder. Once it isn't, the decoder
    /// sees all that comes on this connection: only it knows where the next request begins.
    fileprivate var isAligned = true
}

/// Requests that are answered before they have been decoded.
extension ConnectionHandler: WireReader {
    func answers(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        guard self.hits.isAligned, let lane = self.lane else { return false }
        guard self.life == .open, !self.exchange.isInProgress, self.held.isEmpty else {
            // A client that doesn't wait for its answer.
            self.hits.isAligned = false
            return false
        }
        switch WireRequest(bytes) {
        case .unclear:
            self.hits.isAligned = false
            return false
        case .whole:
            return false
        case .picture(let request):
            let now = NIODeadline.now()
            guard !self.isCloseWanted, context.channel.isWritable,
                let answer = lane.answer(request, since: now, context.channel.allocator)
            else { return false }
            self.meter.write(answer.head, context)
            if let body = answer.body { self.meter.write(body, context) }
            self.hits.needsFlush = true
            self.clock.responseEnded(now: now)
            return true
        }
    }

    func batchWasAnswered(_ context: ChannelHandlerContext) {
        self.seenByteCount = self.meter.receivedByteCount
        self.hits.needsFlush = false
        context.flush()
        self.watchWrites(context)
        self.schedule(context)
        // Else the channel asks all who are behind us, who have seen nothing and want more.
        context.read()
    }
}

/// Requests that are answered here, on the event loop, and never reach a route.
extension ConnectionHandler {
    /// Keeps a request back that the lane may know.
    func keepForLane(_ head: HTTPRequestHead, _ traits: RequestHead) -> Bool {
        self.hits.routed = nil
        guard self.lane != nil, self.exchange.keepsOpen, !self.isCloseWanted,
            let request = HitRequest(head, traits)
        else { return false }
        self.hits.waiting = (head, request, .now())
        return true
    }

    /// Passes on a request that was kept back: the lane doesn't know it, or it is of another kind than it seemed.
    func giveToRoute(_ context: ChannelHandlerContext) {
        guard let waiting = self.hits.waiting else { return }
        self.hits.waiting = nil
        self.hits.routed = waiting.request
        // What an earlier answer offered on this connection is not about this one.
        _ = self.connection.takeOffer()
        context.fireChannelRead(Self.wrapInboundOut(.head(waiting.head)))
    }

    /// Answers the request that has just ended, if the lane can.
    func answerFromLane(_ trailers: HTTPHeaders?, _ context: ChannelHandlerContext) -> Bool {
        guard let waiting = self.hits.waiting, let lane = self.lane else { return false }
        guard trailers == nil, self.hasRoomToWrite(context), let encoder = self.encoder(context),
            let answer = lane.answer(waiting.request, since: waiting.since, context.channel.allocator)
        else {
            self.giveToRoute(context)
            return false
        }
        self.hits.waiting = nil
        self.exchange.respondWhole()
        encoder.write(NIOAny(IOData.byteBuffer(answer.head)), promise: nil)
        if let body = answer.body { encoder.write(NIOAny(IOData.byteBuffer(body)), promise: nil) }
        self.hits.needsFlush = true
        self.responseEnded(context)
        return true
    }

    /// Sends what was answered while a batch was read: one system call for all of it.
    /// - Returns: whether there was anything.
    func flushHits(_ context: ChannelHandlerContext) -> Bool {
        guard self.hits.needsFlush else { return false }
        self.hits.needsFlush = false
        self.flush(context: context)
        return true
    }

    /// Shows the lane a route's response, on its way out.
    func learn(_ head: HTTPResponseHead) {
        guard let request = self.hits.routed, let lane = self.lane else { return }
        self.hits.routed = nil
        guard let offer = self.connection.takeOffer() else { return }
        lane.learn(request, offer, head)
    }

    /// A client that pipelines and doesn't read is answered by routes, which wait for it.
    private func hasRoomToWrite(_ context: ChannelHandlerContext) -> Bool {
        if context.channel.isWritable { return true }
        _ = self.flushHits(context)
        return context.channel.isWritable && self.life == .open
    }

    private func encoder(_ context: ChannelHandlerContext) -> ChannelHandlerContext? {
        if let encoder = self.hits.encoder { return encoder }
        self.hits.encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        return self.hits.encoder
    }
}
