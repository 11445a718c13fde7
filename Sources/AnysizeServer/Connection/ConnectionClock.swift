package import NIOCore

/// Everything about time on one connection, as arithmetic: it is told what happened and when, and says when to look
/// again and what is then over.
///
/// At most one inbound wait (header, body, rest between requests, lingering) is on at any time; besides it, bytes may
/// be waiting for the client to take them.
package struct ConnectionClock: Sendable {
    /// A limit that has been reached.
    package enum Verdict: Sendable, Equatable {
        /// No complete header in time; `isBegun` tells whether there is anything to answer.
        case headerTimeout(isBegun: Bool)
        case idle
        case bodySlow
        case bodyTimeout
        case writeSlow
        /// The client has had its time to read the last answer.
        case lingered
    }

    private enum Wait {
        case nothing
        case header(until: NIODeadline, isBegun: Bool)
        case body(Body)
        case idle(until: NIODeadline)
        case linger(until: NIODeadline)
    }

    private struct Body {
        var floor: RateFloor
        var until: NIODeadline
        /// False while the client waits for our `100 Continue`: no bytes are due then.
        var isDue: Bool
        /// Since when we haven't been reading, by our own choice; nil while we are.
        var pausedSince: NIODeadline?
    }

    private struct Outbound {
        var floor: RateFloor
        var sentByteCount: Int
    }

    private let limits: ConnectionLimits
    private var wait: Wait
    private var outbound: Outbound?

    /// The clock of a connection opened at `now`: its first header is due.
    package init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        self.wait = .header(until: now + .fraction(limits.headerSecondsMax), isBegun: false)
    }

    /// The next instant at which `verdict(now:)` may say something; nil while nothing is awaited.
    package var deadline: NIODeadline? {
        guard let outbound = self.outbound else { return self.inboundDeadline }
        return min(self.inboundDeadline ?? .distantFuture, outbound.floor.until)
    }

    /// True from the first byte of a header to its last.
    package var isHeaderBegun: Bool {
        if case .header(_, isBegun: true) = self.wait { true } else { false }
    }

    /// True while the client has its moment to read the last answer.
    package var isLingering: Bool {
        if case .linger = self.wait { true } else { false }
    }

    /// True while bytes wait for the client to take them, as far as we were told.
    package var isWatchingWrites: Bool { self.outbound != nil }

    private var inboundDeadline: NIODeadline? {
        switch self.wait {
        case .nothing: nil
        case .header(let until, _), .idle(let until), .linger(let until): until
        case .body(let body) where body.pausedSince != nil: nil
        case .body(let body): body.isDue ? min(body.floor.until, body.until) : body.until
        }
    }

    /// What is over at `now`; nil when nothing is, which happens when bytes have bought time since the deadline was read.
    package func verdict(now: NIODeadline) -> Verdict? {
        if let outbound = self.outbound, outbound.floor.until <= now { return .writeSlow }
        guard let deadline = self.inboundDeadline, deadline <= now else { return nil }
        switch self.wait {
        case .nothing: return nil
        case .header(_, let isBegun): return .headerTimeout(isBegun: isBegun)
        case .idle: return .idle
        case .linger: return .lingered
        case .body(let body): return body.until <= now ? .bodyTimeout : .bodySlow
        }
    }

    // MARK: Inbound

    /// Bytes of a header that isn't complete yet; only the first of them starts the time.
    package mutating func headerBegan(now: NIODeadline) {
        switch self.wait {
        case .header(let until, _):
            self.wait = .header(until: until, isBegun: true)
        case .idle, .nothing:
            self.wait = .header(until: now + .fraction(self.limits.headerSecondsMax), isBegun: true)
        case .body, .linger:
            break
        }
    }

    /// Bytes of a body that isn't complete yet; the first call, with the header, starts the time.
    ///
    /// - Parameter isDue: false while the client waits for our `100 Continue`.
    package mutating func bodyProgressed(byteCount: Int, isDue: Bool, now: NIODeadline) {
        guard case .body(var body) = self.wait else {
            self.wait = .body(
                Body(
                    floor: self.bodyFloor(now: now),
                    until: now + .fraction(self.limits.bodySecondsMax),
                    isDue: isDue,
                    pausedSince: now
                )
            )
            return
        }
        body.floor.credit(byteCount: byteCount, now: now)
        self.wait = .body(body)
    }

    /// We told the client to go on with its body: from now on bytes are due.
    package mutating func bodyBecameDue(now: NIODeadline) {
        guard case .body(var body) = self.wait, !body.isDue else { return }
        body.isDue = true
        body.floor = self.bodyFloor(now: now)
        // A floor begun during a pause must not be given the part of the pause that lies before it.
        if let pausedSince = body.pausedSince {
            body.until = body.until + (now - pausedSince)
            body.pausedSince = now
        }
        self.wait = .body(body)
    }

    /// We asked the socket for more: if a body is awaited, the client's time runs.
    package mutating func readingResumed(now: NIODeadline) {
        guard case .body(var body) = self.wait, let pausedSince = body.pausedSince else { return }
        body.pausedSince = nil
        body.floor.postpone(by: now - pausedSince)
        body.until = body.until + (now - pausedSince)
        self.wait = .body(body)
    }

    /// We got bytes and haven't asked for more: time is ours.
    package mutating func readingPaused(now: NIODeadline) {
        guard case .body(var body) = self.wait, body.pausedSince == nil else { return }
        body.pausedSince = now
        self.wait = .body(body)
    }

    /// The request is complete: the client owes us nothing until it has its answer.
    package mutating func requestEnded() {
        self.wait = .nothing
    }

    /// The answer is written and the connection stays open.
    package mutating func responseEnded(now: NIODeadline) {
        self.wait = .idle(until: now + .fraction(self.limits.idleSecondsMax))
    }

    /// The last answer is written: whatever was awaited no longer matters, the answer must only get out.
    package mutating func closingBegan() {
        self.wait = .nothing
    }

    /// The last answer is out and our side is shut; the client may have a moment to read it.
    package mutating func lingeringBegan(now: NIODeadline) {
        self.wait = .linger(until: now + .fraction(self.limits.lingerSecondsMax))
    }

    // MARK: Outbound

    /// Where the bytes that we wrote are.
    ///
    /// - Parameters:
    ///   - waitingByteCount: bytes that the operating system hasn't taken yet. Zero ends the watch; the next byte that
    ///     has to wait begins a new one, with a new grace.
    ///   - sentByteCount: bytes that it has taken since the connection was opened.
    package mutating func wroteBytes(waitingByteCount: Int, sentByteCount: Int, now: NIODeadline) {
        guard waitingByteCount > 0 else {
            self.outbound = nil
            return
        }
        guard var outbound = self.outbound else {
            self.outbound = Outbound(floor: self.writeFloor(now: now), sentByteCount: sentByteCount)
            return
        }
        outbound.floor.credit(byteCount: sentByteCount - outbound.sentByteCount, now: now)
        outbound.sentByteCount = sentByteCount
        self.outbound = outbound
    }

    private func bodyFloor(now: NIODeadline) -> RateFloor {
        RateFloor(
            bytesPerSecondMin: self.limits.bodyBytesPerSecondMin,
            graceSeconds: self.limits.bodyGraceSeconds,
            stallSecondsMax: self.limits.stallSecondsMax,
            now: now
        )
    }

    private func writeFloor(now: NIODeadline) -> RateFloor {
        RateFloor(
            bytesPerSecondMin: self.limits.writeBytesPerSecondMin,
            graceSeconds: self.limits.writeGraceSeconds,
            stallSecondsMax: self.limits.stallSecondsMax,
            now: now
        )
    }
}
