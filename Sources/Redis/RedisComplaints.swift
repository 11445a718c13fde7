import NIOCore
import Synchronization

/// Bounds the lines of a log about commands that fail: the first at once, then one in ten seconds, with how many there were.
final class RedisComplaints: Sendable {
    private struct State {
        var count = 0
        var last: NIODeadline?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> NIODeadline

    static let interval = TimeAmount.seconds(10)

    init(now: @escaping @Sendable () -> NIODeadline = { .now() }) { self.now = now }

    /// - Returns: how many there were since the last line, where it is time for one.
    func add() -> Int? {
        state.withLock { state in
            state.count += 1
            if let last = state.last, now() - last < Self.interval { return nil }
            defer { state = State(last: now()) }
            return state.count
        }
    }
}
