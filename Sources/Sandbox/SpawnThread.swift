import CSandbox
import Dispatch
import Glibc
import Synchronization

/// The one thread that starts children, alive as long as the process.
///
/// A child that asked for a signal at its parent's death gets it when the *thread* that started it ends (prctl(2),
/// PR_SET_PDEATHSIG). Threads of pools come and go, and each would take its children along.
final class SpawnThread: Sendable {
    typealias Outcome = Result<pid_t, SystemError>

    static let shared = SpawnThread()

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let available = DispatchSemaphore(value: 0)

    private init() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { _ in
                // The service's signals are for the threads that expect them.
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                // Children inherit both from this thread. Where it fails, their sandbox says so.
                _ = anysize_prctl(PR_SET_NO_NEW_PRIVS, 1)
                _ = anysize_drop_capabilities()
                SpawnThread.shared.loop()
            },
            nil
        )
        precondition(code == 0, "the system gives no thread to start helpers from")
        pthread_detach(thread)
    }

    /// Runs `work` on the thread and waits for it.
    func run(_ work: @escaping @Sendable () -> Outcome) throws(SystemError) -> pid_t {
        let outcome = OutcomeBox()
        let done = DispatchSemaphore(value: 0)
        jobs.withLock { jobs in
            jobs.append {
                outcome.value.withLock { $0 = work() }
                done.signal()
            }
        }
        available.signal()
        done.wait()
        return try outcome.value.withLock { $0 }.get()
    }

    private func loop() -> Never {
        while true {
            available.wait()
            let job = jobs.withLock { $0.removeFirst() }
            job()
        }
    }
}

/// Where the thread leaves what became of a job.
private final class OutcomeBox: Sendable {
    let value = Mutex(SpawnThread.Outcome.failure(SystemError(call: "posix_spawn", code: ECANCELED)))
}
