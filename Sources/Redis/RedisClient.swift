package import CoreMetrics
package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Commands to one server, over a few connections that all tasks share.
///
///     let reply = try await client.send(Command("GET", "key"))
///
/// A server that is gone, hangs or refuses us costs nobody more than a command's time, and that only for a quarter of a second:
/// then no connection counts as up any more, and all commands fail at once with `.unavailable` until one is again. So do short commands to a
/// server that answers, but always too late.
package final class RedisClient: Service {
    private let connector: RedisConnector
    private let connectionCount: Int
    private let commandTime: TimeAmount
    private let logger: Logger
    private let metrics: RedisMetrics
    private let state: Mutex<State>
    private let turn = Atomic<Int>(0)
    private let breaker = SlownessBreaker()
    private let complaints = RedisComplaints()

    private struct State {
        /// By the number of the connection.
        var channels: [Int: any Channel] = [:] { didSet { up = Array(channels.values) } }
        /// Those that are up.
        private(set) var up: [any Channel] = []
    }

    /// - Parameters:
    ///   - authorityPath: see ``RedisConnector``.
    ///   - connectionCount: one would do; with two, a long value doesn't hold up all others.
    ///   - commandSeconds: for a command that names no other time.
    package init(
        _ address: RedisAddress, authorityPath: String? = nil, connectionCount: Int = 2, commandSeconds: Double = 0.025,
        group: any EventLoopGroup, logger: Logger, metrics: any MetricsFactory = MetricsSystem.factory
    ) throws {
        connector = try RedisConnector(address, authorityPath: authorityPath, group: group)
        self.connectionCount = connectionCount
        commandTime = .nanoseconds(Int64(commandSeconds * 1e9))
        self.logger = logger
        self.metrics = RedisMetrics(metrics)
        state = Mutex(State())
    }

    /// Whether a command would be sent now.
    package var isUp: Bool { state.withLock { !$0.up.isEmpty } }

    /// Sends a command, and gives its reply.
    /// - Parameter time: nil for the usual one.
    package func send(_ command: Command, within time: TimeAmount? = nil) async throws(RedisError) -> Reply {
        // Whoever names a time knows what it is worth to him.
        let isPatient = time != nil
        guard let channel, isPatient || breaker.allows() else {
            metrics.count(.unavailable)
            throw .unavailable
        }
        do throws(RedisError) {
            let reply = try await channel.send(command, within: time ?? commandTime)
            metrics.count(nil)
            if !isPatient { breaker.answered() }
            return reply
        } catch {
            metrics.count(error)
            if !isPatient, error == .timedOut { breaker.timedOut() }
            complain(error)
            throw error
        }
    }

    /// One line in ten seconds of what fails while a connection is up: full, read-only, without a right, slow.
    private func complain(_ error: RedisError) {
        switch error {
        case .unavailable, .unreachable: return
        case .timedOut, .busy, .server, .malformed, .unexpected: break
        }
        guard let count = complaints.add() else { return }
        logger.warning(
            "Redis doesn't do what it is asked; the service goes on without",
            metadata: [
                "redis.address": "\(connector.address)", "redis.error": "\(error)", "redis.errors": "\(count)",
            ])
    }

    private var channel: (any Channel)? {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return state.withLock { state in
            guard !state.up.isEmpty else { return nil }
            return state.up[(number & .max) % state.up.count]
        }
    }

    /// Keeps the connections up until the service ends.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<self.connectionCount { group.addTask { await self.keepUp(number) } }
            }
        }
    }

    private func keepUp(_ number: Int) async {
        var backoff = RedisBackoff()
        while !Task.isCancelled {
            // While the server is gone, one tries for all.
            if number == 0 || isUp {
                if await serve(number) { backoff = RedisBackoff() }
            }
            try? await Task.sleep(for: backoff.next())
        }
    }

    /// Connects, and returns when that connection has ended.
    /// - Returns: whether there was one.
    private func serve(_ number: Int) async -> Bool {
        let channel: any Channel
        do throws(RedisError) { channel = try await connector.connect() } catch {
            note(error)
            return false
        }
        metrics.connected.increment()
        let isFirst = state.withLock { state in
            defer { state.channels[number] = channel }
            return state.up.isEmpty
        }
        if isFirst, metrics.isNews("") {
            logger.notice("Redis is there", metadata: ["redis.address": "\(connector.address)"])
        }
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        let isLast = state.withLock { state in
            state.channels[number] = nil
            return state.up.isEmpty
        }
        if isLast, !Task.isCancelled { note(RedisError.unavailable) }
        return true
    }

    /// One line for each change, however often it is tried.
    private func note(_ error: RedisError) {
        guard metrics.isNews("\(error)") else { return }
        logger.warning(
            "Redis is not there; the service goes on without",
            metadata: ["redis.address": "\(connector.address)", "redis.error": "\(error)"])
    }
}
