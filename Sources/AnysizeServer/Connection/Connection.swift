package import NIOCore
import Synchronization

/// One client's connection, as the code that answers its requests sees it.
///
/// Requests on a connection are answered one after the other, so "the request" below is the one being answered.
package final class Connection: Sendable {
    /// The connection that the current task answers; nil outside of requests, and in tests that have no socket.
    @TaskLocal package static var current: Connection?

    /// The client's address without port; nil for a Unix socket.
    package let remoteAddress: String?

    private struct State {
        var isGone = false
        var closesAfterResponse = false
        var watchers: [Int: AsyncStream<Never>.Continuation] = [:]
        var watcherID = 0
        var hit: HitOffer?

        mutating func addWatcher(_ watcher: AsyncStream<Never>.Continuation) -> Int? {
            guard !self.isGone else { return nil }
            self.watcherID += 1
            self.watchers[self.watcherID] = watcher
            return self.watcherID
        }

        mutating func becomeGone() -> [AsyncStream<Never>.Continuation] {
            self.isGone = true
            defer { self.watchers = [:] }
            return Array(self.watchers.values)
        }
    }

    private let channel: any Channel
    private let state = Mutex(State())

    package init(channel: any Channel) {
        self.channel = channel
        self.remoteAddress = channel.remoteAddress?.ipAddress
    }

    /// True once nobody will read an answer: the client closed its side or reset the connection, or was too slow.
    package var isGone: Bool { self.state.withLock { $0.isGone } }

    /// Runs work that isn't worth finishing for a client that has left: when it leaves, the work is cancelled as a task.
    ///
    /// It costs two child tasks; for answers that are at hand it isn't worth its price.
    ///
    /// - Returns: what the work returned, even if the client left while it did.
    /// - Throws: what the work threw; `CancellationError` without starting it if the client has left already.
    package func cancelledWhenGone<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (departure, watcher) = AsyncStream<Never>.makeStream()
        guard let id = self.state.withLock({ $0.addWatcher(watcher) }) else { throw CancellationError() }
        defer { self.state.withLock { _ = $0.watchers.removeValue(forKey: id) } }

        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                // Ends when the client leaves, and when this task is cancelled.
                for await _ in departure {}
                return nil
            }
            // Whichever ends first ends the other; the work is waited for in any case and has the last word.
            var outcome: Value?
            while let ended = try await group.next() {
                group.cancelAll()
                outcome = ended ?? outcome
            }
            guard let outcome else { throw CancellationError() }
            return outcome
        }
    }

    /// Lets a client that sent `Expect: 100-continue` go on with its body; does nothing for any other.
    ///
    /// Every route that reads a body calls this when it has decided to, and before it reads. An answer without it keeps
    /// the body from being sent at all, which is the point of the expectation.
    package func continueBody() {
        self.channel.triggerUserOutboundEvent(ContinueBody(), promise: nil)
    }

    /// Closes the connection after the current response, which says so if its header isn't written yet.
    package func closeAfterResponse() {
        self.state.withLock { $0.closesAfterResponse = true }
    }

    /// What `closeAfterResponse()` has set.
    var closesAfterResponse: Bool { self.state.withLock { $0.closesAfterResponse } }

    /// Tells that the current response is one that may be given again without asking a route.
    func offer(_ hit: HitOffer) { self.state.withLock { $0.hit = hit } }

    /// What was offered since this was asked last.
    func takeOffer() -> HitOffer? {
        self.state.withLock { state in
            defer { state.hit = nil }
            return state.hit
        }
    }

    /// Cancels what waits in `cancelledWhenGone`; called by the channel's handler, any number of times.
    func becomeGone() {
        // Finishing a stream can run its consumer's handlers: not under the lock.
        for watcher in self.state.withLock({ $0.becomeGone() }) {
            watcher.finish()
        }
    }
}

/// Asks `ConnectionHandler` to send `100 Continue`, if the client waits for it.
struct ContinueBody: Sendable {}
