import Synchronization

/// At most one running piece of work a key; whoever asks meanwhile waits for the same result.
///
/// The work belongs to nobody in particular: it runs in a task of its own, so a waiter that leaves, the first one too, takes
/// nothing from the others. The last one to leave cancels it. Failures go to all who wait and are not remembered.
/// This is the one place that makes unstructured tasks: a flight must be able to outlive its first caller.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// What a caller gets: the value, and whether another caller's work was joined.
    package struct Landing: Sendable {
        package let value: Value
        package let isJoined: Bool
    }

    private typealias Continuation = CheckedContinuation<Result<Value, AnysizeError>, Never>

    private let state: Mutex<State>
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - waiterCountMax: callers that wait in all flights together; more are refused.
    ///   - clock: measures the time a flight may take.
    package init(waiterCountMax: Int = 10_000, clock: any Clock<Duration> = ContinuousClock()) {
        state = Mutex(State(waiterCountMax: waiterCountMax))
        self.clock = clock
    }

    /// Flights in the air and callers waiting for them.
    package var counts: (flights: Int, waiters: Int) {
        state.withLock { ($0.flights.count, $0.keys.count) }
    }

    /// Whether somebody who asks now would join others.
    package func isRunning(_ key: Key) -> Bool { state.withLock { $0.flights[key] != nil } }

    /// Waits for the key's flight, or starts it.
    /// - Parameters:
    ///   - limit: how long a flight that this call starts may take; then all its waiters get `.deadlinePassed`.
    ///   - work: runs at most once at a time for a key. It is cancelled when nobody waits any more.
    /// - Throws: what the work throws; `.callerGone` where the calling task is cancelled; `.overloaded` where too many wait.
    package func value(
        for key: Key, within limit: Duration, work: @escaping @Sendable () async throws(AnysizeError) -> Value
    ) async throws(AnysizeError) -> Landing {
        let waiter = state.withLock { $0.makeWaiterID() }
        let joined = Mutex(false)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Continuation) in
                switch state.withLock({ $0.join(key, waiter: waiter, continuation: continuation) }) {
                case .start(let flight): start(flight, key: key, limit: limit, work: work)
                case .join: joined.withLock { $0 = true }
                case .refuse: continuation.resume(returning: .failure(.overloaded(retryAfterSeconds: 1)))
                case .leave: continuation.resume(returning: .failure(.callerGone))
                }
            }
        } onCancel: {
            let departure = state.withLock { $0.leave(waiter: waiter) }
            departure?.continuation.resume(returning: .failure(.callerGone))
            departure?.abandoned?.cancel()
        }
        let isJoined = joined.withLock { $0 }
        return Landing(value: try result.get(), isJoined: isJoined)
    }

    private func start(
        _ flight: UInt64, key: Key, limit: Duration, work: @escaping @Sendable () async throws(AnysizeError) -> Value
    ) {
        let clock = clock
        let timer = Task {
            try? await clock.sleep(for: limit)
            if !Task.isCancelled { land(flight, key: key, .failure(.deadlinePassed), cancelWork: true) }
        }
        let task = Task {
            let result: Result<Value, AnysizeError>
            do throws(AnysizeError) { result = .success(try await work()) } catch { result = .failure(error) }
            timer.cancel()
            land(flight, key: key, result, cancelWork: false)
        }
        // Everybody may have left between the start and here.
        if !state.withLock({ $0.attach(task, toFlight: flight, key: key) }) {
            task.cancel()
            timer.cancel()
        }
    }

    private func land(_ flight: UInt64, key: Key, _ result: Result<Value, AnysizeError>, cancelWork: Bool) {
        guard let landed = state.withLock({ $0.land(flight, key: key) }) else { return }
        if cancelWork { landed.task?.cancel() }
        for continuation in landed.waiters.values { continuation.resume(returning: result) }
    }
}

extension SingleFlight {
    /// The bookkeeping, without effects: each method says what its caller has to do once the lock is open again.
    private struct State {
        struct Flight {
            let id: UInt64
            var waiters: [UInt64: Continuation]
            var task: Task<Void, Never>?
        }

        enum Joining {
            case start(UInt64)
            case join
            case refuse
            /// The caller was cancelled before it got here.
            case leave
        }

        let waiterCountMax: Int
        var flights: [Key: Flight] = [:]
        /// Which flight each waiter waits for.
        var keys: [UInt64: Key] = [:]
        /// Waiters that have an id and haven't joined yet.
        var expected: Set<UInt64> = []
        /// Those of them that were cancelled.
        var departed: Set<UInt64> = []
        var nextID: UInt64 = 0

        init(waiterCountMax: Int) { self.waiterCountMax = waiterCountMax }

        mutating func makeWaiterID() -> UInt64 {
            nextID += 1
            expected.insert(nextID)
            return nextID
        }

        mutating func join(_ key: Key, waiter: UInt64, continuation: Continuation) -> Joining {
            expected.remove(waiter)
            if departed.remove(waiter) != nil { return .leave }
            guard keys.count < waiterCountMax else { return .refuse }
            keys[waiter] = key
            if flights[key] != nil {
                flights[key]?.waiters[waiter] = continuation
                return .join
            }
            nextID += 1
            flights[key] = Flight(id: nextID, waiters: [waiter: continuation], task: nil)
            return .start(nextID)
        }

        /// - Returns: false where the flight is gone already.
        mutating func attach(_ task: Task<Void, Never>, toFlight id: UInt64, key: Key) -> Bool {
            guard flights[key]?.id == id else { return false }
            flights[key]?.task = task
            return true
        }

        /// - Returns: the waiter to answer, and the work to cancel where it was the last one; nil where it has its answer.
        mutating func leave(waiter: UInt64) -> (continuation: Continuation, abandoned: Task<Void, Never>?)? {
            guard let key = keys.removeValue(forKey: waiter) else {
                // Cancelled before it joined, or after it was answered; only the first is still expected.
                if expected.contains(waiter) { departed.insert(waiter) }
                return nil
            }
            guard let continuation = flights[key]?.waiters.removeValue(forKey: waiter) else { return nil }
            guard flights[key]?.waiters.isEmpty == true else { return (continuation, nil) }
            return (continuation, flights.removeValue(forKey: key)?.task)
        }

        mutating func land(_ id: UInt64, key: Key) -> Flight? {
            guard flights[key]?.id == id, let flight = flights.removeValue(forKey: key) else { return nil }
            for waiter in flight.waiters.keys { keys[waiter] = nil }
            return flight
        }
    }
}
