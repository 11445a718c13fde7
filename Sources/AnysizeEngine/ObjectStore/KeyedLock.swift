import Synchronization

/// Lets one task at a time do something to a key, whatever happens to all others.
///
/// Unlike ``StripedLock``, keys share nothing: what is done under it may wait for a network. Whoever waits is served in order and
/// can't give up, so what is done must end by a deadline that was set before the wait.
final class KeyedLock<Key: Hashable & Sendable>: Sendable {
    /// Those who wait, by key. A key that somebody holds is there.
    private let waiters = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    func withLock<T, E: Error>(_ key: Key, _ body: () async throws(E) -> T) async throws(E) -> T {
        await enter(key)
        defer { leave(key) }
        return try await body()
    }

    private func enter(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isMine = waiters.withLock { waiters in
                guard waiters[key] != nil else {
                    waiters[key] = []
                    return true
                }
                waiters[key]?.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    private func leave(_ key: Key) {
        let next = waiters.withLock { waiters -> CheckedContinuation<Void, Never>? in
            guard let queue = waiters[key], !queue.isEmpty else {
                waiters[key] = nil
                return nil
            }
            return waiters[key]?.removeFirst()
        }
        next?.resume()
    }
}
