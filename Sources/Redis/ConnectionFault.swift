import Synchronization

/// What has broken a connection, for whoever made it: he may come to use it when it is gone already, with all that was on it.
final class ConnectionFault: Sendable {
    private let state = Mutex<RedisError?>(nil)

    /// The first one.
    var value: RedisError? { state.withLock { $0 } }

    func set(_ error: RedisError) { state.withLock { $0 = $0 ?? error } }
}
