import NIOCore
import Synchronization

/// Keeps short commands from a server that is up and always late, so that a request that asks it several things doesn't wait for each.
final class SlownessBreaker: Sendable {
    private struct State {
        /// Time-outs since the last answer in time.
        var lateCount = 0
        /// Until when nobody asks (the breaker is open); then one does.
        var openUntil: NIODeadline?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> NIODeadline

    /// So many in a row are no accident.
    static let lateCountMax = 5
    static let pause = TimeAmount.seconds(1)

    init(now: @escaping @Sendable () -> NIODeadline = { .now() }) { self.now = now }

    /// Whether a command may be sent. After a pause one may, and its end decides for all.
    func allows() -> Bool {
        state.withLock { state in
            guard let until = state.openUntil else { return true }
            guard now() >= until else { return false }
            state.openUntil = now() + Self.pause
            return true
        }
    }

    func answered() { state.withLock { $0 = State() } }

    func timedOut() {
        state.withLock { state in
            state.lateCount += 1
            if state.lateCount >= Self.lateCountMax { state.openUntil = now() + Self.pause }
        }
    }
}
