package import AnysizeCore
package import Logging
import ServiceLifecycle

import Synchronization

/// Whether this node should be sent requests, and if not, why. Kept up to date in the background, so that asking costs nothing.
package final class Readiness: Service {
    private struct State {
        var isListening = false
        /// Checks that have been made once, and those of them that have been well.
        var checked: Set<String> = []
        var wellOnce: Set<String> = []
        var isDraining = false
        /// By the name of the check; those that are well are left out.
        var faults: [String: String] = [:]
        /// Checks under way, and since when.
        var running: [String: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())
    private let checks: [Check]
    private let logger: Logger

    /// Something that has to work for this node to be of use.
    package struct Check: Sendable {
        /// A single word.
        let name: String
        /// Whether all nodes depend on the same thing. It is asked for at the start, where a node without it has nothing to give that an
        /// older one hasn't; later all would turn red at once, and a balancer would keep even cached variants from clients.
        let isShared: Bool
        /// What is wrong, for the log; nil where all is well.
        let fault: @Sendable () async -> String?

        package init(_ name: String, isShared: Bool = false, fault: @escaping @Sendable () async -> String?) {
            self.name = name
            self.isShared = isShared
            self.fault = fault
        }

        /// The store can be read and written.
        package static func store(_ store: any OriginalStore, isShared: Bool) -> Check {
            Check("store", isShared: isShared) {
                do throws(StoreError) { try await store.check() } catch {
                    // A full store still serves everything it has; only uploads are refused.
                    if case .full = error { return nil }
                    return "\(error)"
                }
                return nil
            }
        }
    }

    /// A check that takes longer has failed, though it may still end.
    private static let lateSeconds = 10.0
    /// Time in which everything should have come up.
    private static let startSeconds = 5.0
    /// Between two looks, in seconds: a balancer asks about as often.
    private static let checkSeconds = 2.0

    package init(checks: [Check], logger: Logger) {
        self.checks = checks
        self.logger = logger
    }

    /// Why not, in single words; empty when ready.
    package var faults: [String] {
        state.withLock { state in
            var faults: [String] = []
            if !state.isListening || state.checked.count < checks.count { faults.append("starting") }
            if state.isDraining { faults.append("draining") }
            let failing = failing(state)
            return faults
                + checks.filter { failing.contains($0.name) && !($0.isShared && state.wellOnce.contains($0.name)) }
                .map(\.name).sorted()
        }
    }

    /// Checks that fail right now, in single words, whether that makes this node unready or not.
    package var failing: [String] { state.withLock { failing($0) }.sorted() }

    package var checkNames: [String] { checks.map(\.name) }

    private func failing(_ state: State) -> Set<String> {
        let late = state.running.filter { $0.value + .seconds(Self.lateSeconds) < .now }
        return Set(state.faults.keys).union(late.keys)
    }

    /// The public listener is up.
    package func started() { state.withLock { $0.isListening = true } }

    /// The end has begun; it doesn't turn back.
    package func drain() { state.withLock { $0.isDraining = true } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for check in self.checks { group.addTask { await self.keepChecking(check) } }
            }
        }
    }

    /// Each check has a loop of its own, so that one that hangs hides no other.
    private func keepChecking(_ check: Check) async {
        // What is still starting is no fault yet, and is looked at more often.
        let start = ContinuousClock.now
        while !Task.isCancelled, start + .seconds(Self.startSeconds) > .now, await check.fault() != nil {
            try? await Task.sleep(for: .milliseconds(50))
        }
        while !Task.isCancelled {
            await make(check)
            try? await Task.sleep(for: .seconds(Self.checkSeconds))
        }
    }

    /// Makes all checks once; ``run()`` does so all the time.
    package func check() async {
        for check in checks { await make(check) }
    }

    private func make(_ check: Check) async {
        state.withLock { $0.running[check.name] = .now }
        let fault = await check.fault()
        let before = state.withLock { state in
            state.running[check.name] = nil
            defer { state.faults[check.name] = fault }
            state.checked.insert(check.name)
            if fault == nil { state.wellOnce.insert(check.name) }
            return state.faults[check.name]
        }
        switch (before, fault) {
        case (nil, let fault?):
            logger.error(
                "A check fails", metadata: ["readiness.check": "\(check.name)", "fault": "\(fault.prefix(500))"])
        case (.some, nil): logger.notice("A check is well again", metadata: ["readiness.check": "\(check.name)"])
        default: break
        }
    }
}
