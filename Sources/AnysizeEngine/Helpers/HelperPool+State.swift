import Synchronization

extension HelperPool {
    /// A job that waits for a helper to be started.
    struct Waiter {
        typealias Continuation = CheckedContinuation<HelperProcess?, Never>

        let id: UInt64
        let deadline: ContinuousClock.Instant
        let continuation: Continuation
    }

    /// The bookkeeping, without effects: what a method returns, its caller does once the lock is open again.
    struct State {
        var idle: [HelperProcess] = []
        var busyCount = 0
        var startingCount = 0
        private var jobCounts: [ObjectIdentifier: Int] = [:]
        private var waiters: [Waiter] = []
        /// Waiters that have an id and haven't come yet, and those of them that have left.
        private var expected: Set<UInt64> = []
        private var departed: Set<UInt64> = []
        private var nextID: UInt64 = 0
        private var failureCount = 0
        private var isStopped = false
        private var hasStarted = false

        enum Taken {
            case helper(HelperProcess)
            case wait
            case none
        }

        mutating func makeID() -> UInt64 {
            nextID += 1
            expected.insert(nextID)
            return nextID
        }

        mutating func take(_ waiter: Waiter) -> Taken {
            expected.remove(waiter.id)
            guard departed.remove(waiter.id) == nil, !isStopped else { return .none }
            // The one that was used last: its memory is warm, and the others can stay cold.
            if let helper = idle.popLast() {
                busyCount += 1
                return .helper(helper)
            }
            waiters.append(waiter)
            return .wait
        }

        /// The one that has waited longest for a job, whose turn comes last.
        mutating func takeColdest() -> HelperProcess? {
            guard !idle.isEmpty, !isStopped else { return nil }
            busyCount += 1
            return idle.removeFirst()
        }

        mutating func leave(_ id: UInt64) -> Waiter? {
            guard let index = waiters.firstIndex(where: { $0.id == id }) else {
                if expected.contains(id) { departed.insert(id) }
                return nil
            }
            return waiters.remove(at: index)
        }

        /// Notes one job more, and tells whether that was the last.
        mutating func isSpent(
            _ helper: HelperProcess, _ configuration: Configuration, isRehearsal: Bool
        ) -> Bool {
            jobCounts[ObjectIdentifier(helper), default: 0] += isRehearsal ? 0 : 1
            return isStopped || jobCounts[ObjectIdentifier(helper), default: 0] >= configuration.lifetimeJobCount
        }

        mutating func put(_ helper: HelperProcess) -> (() -> Void)? {
            busyCount -= 1
            return hand(helper)
        }

        mutating func drop(_ helper: HelperProcess) {
            busyCount -= 1
            jobCounts[ObjectIdentifier(helper)] = nil
        }

        /// Whether no helper has come up so far.
        var isFirst: Bool { !hasStarted }

        mutating func started(_ helper: HelperProcess) -> (() -> Void)? {
            startingCount -= 1
            failureCount = 0
            hasStarted = true
            guard !isStopped else { return { helper.stop() } }
            return hand(helper)
        }

        /// To whoever has waited longest, or else to the others.
        private mutating func hand(_ helper: HelperProcess) -> (() -> Void)? {
            guard !waiters.isEmpty else {
                idle.append(helper)
                return nil
            }
            busyCount += 1
            let continuation = waiters.removeFirst().continuation
            return { continuation.resume(returning: helper) }
        }

        /// - Returns: whether it is the first failure after a success.
        mutating func startFailed() -> Bool {
            startingCount -= 1
            failureCount += 1
            return failureCount == 1
        }

        /// - Returns: how many to start, and after how many seconds: a program that always fails is not started all the time.
        mutating func startMissing(_ target: Int) -> (count: Int, delaySeconds: Double) {
            guard !isStopped else { return (0, 0) }
            // One by itself at first: it is ready sooner, and tells whether the others would be.
            let wanted = hasStarted ? target : 1
            let missing = max(0, wanted - idle.count - busyCount - startingCount)
            startingCount += missing
            return (missing, failureCount == 0 ? 0 : min(5, 0.1 * Double(1 << min(failureCount, 6))))
        }

        /// Removes what has ended, and who has waited too long.
        mutating func takeDead(now: ContinuousClock.Instant) -> (helpers: [HelperProcess], late: [Waiter]) {
            let dead = idle.filter { !$0.isAlive }
            if !dead.isEmpty {
                idle.removeAll { helper in dead.contains { $0 === helper } }
                for helper in dead { jobCounts[ObjectIdentifier(helper)] = nil }
            }
            let late = waiters.filter { $0.deadline < now }
            waiters.removeAll { $0.deadline < now }
            return (dead, late)
        }

        mutating func stop() -> (idle: [HelperProcess], waiters: [Waiter]) {
            isStopped = true
            defer {
                idle = []
                waiters = []
            }
            return (idle, waiters)
        }
    }
}
