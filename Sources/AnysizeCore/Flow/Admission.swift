import Synchronization

/// Permission to run work: a few at a time, and a queue that never holds more than can be done soon.
///
/// The queue is bounded by predicted time, not by requests: one long job counts for what it costs. What would wait too
/// long is refused at once, with the time after which trying again makes sense. There are no permits to forget: work runs
/// inside ``withPermit(cost:_:)``.
package final class Admission: Sendable {
    private let state: Mutex<State>

    /// - Parameters:
    ///   - threadCount: jobs that are worked on at once, at least 1.
    ///   - readAhead: jobs that are let in beyond those, so that each has its bytes at hand when a thread gets free:
    ///     threads that wait for a disk are idle cores.
    ///   - queueSecondsMax: the longest predicted wait that is still accepted, and the longest real one.
    ///   - queueCountMax: jobs that wait at most, whatever they cost.
    package init(threadCount: Int, readAhead: Int = 0, queueSecondsMax: Double, queueCountMax: Int = 1000) {
        precondition(threadCount > 0 && readAhead >= 0, "work needs a thread to run on")
        state = Mutex(
            State(
                threadCount: threadCount, permitCount: threadCount + readAhead, queueSecondsMax: queueSecondsMax,
                queueCountMax: queueCountMax
            )
        )
    }

    /// Jobs that run, jobs that wait, and the predicted seconds until a new one would start.
    package var load: (running: Int, queued: Int, waitSeconds: Double) {
        state.withLock { ($0.running, $0.queue.count, $0.predictedWait) }
    }

    /// In how many seconds to come again, where whoever came now would be refused: costs a lock and nothing else.
    package var refusalNow: Int? { state.withLock { $0.refusesAll ? $0.retryAfterSeconds : nil } }

    /// Waits for a permit, runs the body, gives the permit back.
    /// - Parameters:
    ///   - cost: predicted seconds of work on one permit.
    ///   - body: gets the seconds it waited.
    /// - Throws: `.overloaded` where the queue is full or was slower than predicted, `.callerGone` where the task is
    ///   cancelled while it waits, or what the body throws.
    package func withPermit<Value: Sendable>(
        cost: Double, _ body: (_ queueSeconds: Double) async throws(AnysizeError) -> Value
    ) async throws(AnysizeError) -> Value {
        let start = ContinuousClock.now
        try await acquire(cost: cost)
        defer { release(cost: cost) }
        return try await body((ContinuousClock.now - start).seconds)
    }

    private func acquire(cost: Double) async throws(AnysizeError) {
        let id = state.withLock { $0.makeID() }
        // Ends with this function, whether it was needed or not.
        async let _: Void = refuseLate(id)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                let waiter = Waiter(id: id, cost: cost, continuation: continuation)
                if let outcome = state.withLock({ $0.enter(waiter) }) { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            state.withLock { $0.leave(id) }?.resume(returning: .left)
        }
        switch outcome {
        case .admitted: return
        case .left: throw .callerGone
        case .refused(let seconds): throw .overloaded(retryAfterSeconds: seconds)
        }
    }

    /// Refuses a waiter that still waits when the longest accepted wait is over: predictions fail where a machine gets slower
    /// all at once, and an answer that comes too late is none.
    private func refuseLate(_ id: UInt64) async {
        let seconds = state.withLock { $0.queueSecondsMax }
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        let late = state.withLock { state in state.leave(id).map { ($0, state.refusal) } }
        late.map { $0.resume(returning: $1) }
    }

    private func release(cost: Double) {
        state.withLock { $0.release(cost: cost) }?.continuation.resume(returning: .admitted)
    }
}

extension Admission {
    private enum Outcome {
        case admitted
        case left
        case refused(retryAfterSeconds: Int)
    }

    private struct Waiter {
        let id: UInt64
        let cost: Double
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        let threadCount: Int
        let permitCount: Int
        let queueSecondsMax: Double
        let queueCountMax: Int
        var running = 0
        var runningCost = 0.0
        var queue: [Waiter] = []
        var queuedCost = 0.0
        /// Callers that have an id and haven't entered yet, and those of them that were cancelled.
        var expected: Set<UInt64> = []
        var departed: Set<UInt64> = []
        var nextID: UInt64 = 0

        init(threadCount: Int, permitCount: Int, queueSecondsMax: Double, queueCountMax: Int) {
            self.threadCount = threadCount
            self.permitCount = permitCount
            self.queueSecondsMax = queueSecondsMax
            self.queueCountMax = queueCountMax
        }

        /// Until a thread would take up a job that came now: on average, what threads work on is half done.
        var predictedWait: Double {
            guard running >= threadCount else { return 0 }
            let startedCost = runningCost * Double(threadCount) / Double(running)
            return (runningCost - startedCost / 2 + queuedCost) / Double(threadCount)
        }

        mutating func makeID() -> UInt64 {
            nextID += 1
            expected.insert(nextID)
            return nextID
        }

        /// Nil where the waiter was queued.
        mutating func enter(_ waiter: Waiter) -> Outcome? {
            expected.remove(waiter.id)
            if departed.remove(waiter.id) != nil { return .left }
            // A permit beyond the threads is worth no more than a place in the queue.
            if running < permitCount, queue.isEmpty, predictedWait <= queueSecondsMax {
                run(waiter.cost)
                return .admitted
            }
            guard !refusesAll else { return refusal }
            queue.append(waiter)
            queuedCost += waiter.cost
            return nil
        }

        mutating func leave(_ id: UInt64) -> CheckedContinuation<Outcome, Never>? {
            guard let index = queue.firstIndex(where: { $0.id == id }) else {
                // Not queued yet: remember it for `enter`. Admitted already: the body ends by itself.
                if expected.contains(id) { departed.insert(id) }
                return nil
            }
            let waiter = queue.remove(at: index)
            queuedCost = queue.isEmpty ? 0 : queuedCost - waiter.cost
            return waiter.continuation
        }

        /// - Returns: who may run now.
        mutating func release(cost: Double) -> Waiter? {
            running -= 1
            runningCost = running == 0 ? 0 : runningCost - cost
            guard running < permitCount, !queue.isEmpty else { return nil }
            let waiter = queue.removeFirst()
            queuedCost = queue.isEmpty ? 0 : queuedCost - waiter.cost
            run(waiter.cost)
            return waiter
        }

        /// Whether whoever enters now is neither admitted nor queued.
        var refusesAll: Bool {
            if predictedWait > queueSecondsMax { return true }
            return queue.count >= queueCountMax && !(running < permitCount && queue.isEmpty)
        }

        var refusal: Outcome { .refused(retryAfterSeconds: retryAfterSeconds) }

        var retryAfterSeconds: Int { min(60, max(1, Int(predictedWait.rounded(.up)))) }

        private mutating func run(_ cost: Double) {
            running += 1
            runningCost += cost
        }
    }
}

extension Duration {
    /// In seconds, with a fraction.
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
