import CSandbox
import Glibc
import Synchronization

/// How a process ended.
package enum ProcessEnding: Equatable, Sendable {
    /// By itself, with this code.
    case exited(code: CInt)
    /// By this signal.
    case signaled(CInt)
}

/// A child of this process. Killed and reaped when the last reference goes away, if it hasn't been before.
///
/// Any thread may call anything at any time. The process id is never used once the child is reaped, so that a signal
/// can't reach a stranger who got the number next. Nobody else in this process may wait for any child at all
/// (`waitpid(-1)`) or ignore SIGCHLD; if they do, endings read as exit code -1.
package final class ChildProcess: Sendable {
    /// Its number; for messages, since it may belong to somebody else once the child is reaped.
    package let processID: CInt
    private let state = Mutex(State())

    private struct State {
        /// How it ended, from the moment it is reaped.
        var ending: ProcessEnding?
        /// Threads that sleep in the kernel until this very process ends. As long as there are any it isn't reaped,
        /// or they would sleep on a number that may come to mean another process.
        var waiterCount = 0
    }

    /// Takes over a child that was just spawned and that nobody has waited for.
    init(processID: CInt) {
        self.processID = processID
    }

    deinit {
        // Without other references nobody can be waiting, so the next call to wait reaps.
        kill()
        wait()
    }

    /// Ends it at once, whatever it is doing; no effect when it has ended already. Doesn't wait for the end.
    package func kill() {
        state.withLock { state in
            guard state.ending == nil else { return }
            // Also right for a child that has ended and is not reaped: the number is still its own.
            _ = Glibc.kill(processID, SIGKILL)
        }
    }

    /// Returns when it has ended, with how. Blocks the thread.
    @discardableResult
    package func wait() -> ProcessEnding {
        let known = state.withLock { state in
            if state.ending == nil { state.waiterCount += 1 }
            return state.ending
        }
        if let known { return known }
        let seen = peek(waits: true) ?? .exited(code: -1)
        return state.withLock { state in
            state.waiterCount -= 1
            if state.waiterCount == 0 { reap(&state, as: seen) }
            return seen
        }
    }

    /// How it ended, or nil while it runs. Doesn't block.
    package func tryWait() -> ProcessEnding? {
        state.withLock { state in
            if let ending = state.ending { return ending }
            guard let seen = peek(waits: false) else { return nil }
            if state.waiterCount == 0 { reap(&state, as: seen) }
            return seen
        }
    }

    /// Processor time that all its threads have used so far; nil once it has ended. Doesn't block.
    package var processorTime: Duration? {
        state.withLock { state in
            guard state.ending == nil else { return nil }
            let nanoseconds = anysize_processor_nanoseconds(processID)
            return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
        }
    }

    /// Gives the process id back to the system, exactly once and under the lock.
    private func reap(_ state: inout State, as seen: ProcessEnding) {
        guard state.ending == nil else { return }
        var status: CInt = 0
        while waitpid(processID, &status, WNOHANG) < 0, errno == EINTR {}
        state.ending = seen
    }

    /// How it ended, without reaping it; nil while it runs.
    private func peek(waits: Bool) -> ProcessEnding? {
        var ending = anysize_ending()
        while anysize_child_peek(processID, waits ? 1 : 0, &ending) != 0 {
            // Somebody else has reaped it: how it ended is lost.
            guard errno == EINTR else { return .exited(code: -1) }
        }
        switch ending.how {
        case 0: return nil
        case 1: return .exited(code: ending.value)
        default: return .signaled(ending.value)
        }
    }
}
