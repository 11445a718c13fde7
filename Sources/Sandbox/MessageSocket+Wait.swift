import Glibc

extension MessageSocket {
    /// Returns when the socket may be ready for `event` or is interrupted; the caller tries again either way.
    func wait(for event: CInt, until deadline: ContinuousClock.Instant?) throws(MessageError) {
        let milliseconds = Self.milliseconds(until: deadline)
        // Asked for nothing but time that is over: a last look was taken by the caller.
        if milliseconds == 0 { throw .timedOut }
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        let ready = poll(&entry, 1, milliseconds)
        // When it is 0 the time is over, and the next turn says so after one more try.
        if ready < 0, errno != EINTR { throw .system(SystemError(call: "poll", code: errno)) }
    }

    /// What poll is to wait: rounded up, since rounding down would spin through the last millisecond; at most a day, so
    /// that any deadline fits; -1 (for ever) without one.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> CInt {
        guard let deadline else { return -1 }
        let rest = min(deadline - ContinuousClock.now, .seconds(86_400))
        guard rest > .zero else { return 0 }
        let (seconds, attoseconds) = rest.components
        let perMillisecond: Int64 = 1_000_000_000_000_000
        return CInt(seconds * 1000 + (attoseconds + perMillisecond - 1) / perMillisecond)
    }
}
