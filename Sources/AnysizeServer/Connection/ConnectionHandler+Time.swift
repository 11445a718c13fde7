import Logging
import NIOCore
import NIOHTTP1

/// The one timer: what the clock is told, and what becomes of its verdicts.
extension ConnectionHandler {
    /// Tells the clock how far the batch that has just been read has brought the request.
    func keepTime() {
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
    func watchWrites(_ context: ChannelHandlerContext) {
        guard let waiting = try? self.options(context)?.getOption(.bufferedWritableBytes) else { return }
        guard waiting > 0 || self.clock.isWatchingWrites else { return }
        self.clock.wroteBytes(
            waitingByteCount: waiting,
            sentByteCount: self.meter.writtenByteCount - waiting,
            now: .now()
        )
    }

    private func options(_ context: ChannelHandlerContext) -> (any NIOSynchronousChannelOptions)? {
        if self.channelOptions == nil { self.channelOptions = context.channel.syncOptions }
        return self.channelOptions
    }

    /// Makes sure that the timer fires at the clock's deadline or before; it is moved only when it must be earlier, so
    /// that a busy keep-alive connection schedules nothing.
    func schedule(_ context: ChannelHandlerContext) {
        guard let deadline = self.clock.deadline else { return }
        if let timer = self.timer, timer.deadline <= deadline { return }
        guard context.channel.isActive else { return }
        self.timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.timePassed(context)
        }
        self.timer = (task, deadline)
    }

    func timePassed(_ context: ChannelHandlerContext) {
        self.watchWrites(context)
        if let verdict = self.clock.verdict(now: .now()) {
            self.carryOut(verdict, context)
        }
        self.schedule(context)
    }

    func carryOut(_ verdict: ConnectionClock.Verdict, _ context: ChannelHandlerContext) {
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
}
