import Synchronization

/// Lets one task at a time do something to an id: 64 locks, shared by all ids.
///
/// Tasks wait, threads don't: a hundred writers of one id leave the file threads free for the writers of all others.
/// It can't deadlock, since nobody takes a second lock while holding one. Whoever waits is served in order and can't
/// give up; what is done under a lock is a few system calls.
final class StripedLock: Sendable {
    static let count = 64

    private let stripes = Mutex(Array(repeating: Stripe(), count: count))

    func withLock<T, E: Error>(_ stripe: Int, _ body: () async throws(E) -> T) async throws(E) -> T {
        await enter(stripe)
        defer { leave(stripe) }
        return try await body()
    }

    private func enter(_ stripe: Int) async {
        await withCheckedContinuation { continuation in
            let isMine = stripes.withLock { $0[stripe].enter(continuation) }
            if isMine { continuation.resume() }
        }
    }

    private func leave(_ stripe: Int) {
        let next = stripes.withLock { $0[stripe].leave() }
        next?.resume()
    }

    private struct Stripe {
        var isHeld = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// Whether the lock was free; otherwise the continuation waits for it.
        mutating func enter(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
            guard isHeld else {
                isHeld = true
                return true
            }
            waiters.append(continuation)
            return false
        }

        /// Hands the lock on; whoever is returned has it.
        mutating func leave() -> CheckedContinuation<Void, Never>? {
            guard waiters.isEmpty else { return waiters.removeFirst() }
            isHeld = false
            return nil
        }
    }
}
