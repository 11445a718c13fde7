package import AnysizeCore
package import Logging
import ServiceLifecycle

import Synchronization

/// Whether this node should be sent requests, and if not, why. Kept up to date in the background, so that asking costs nothing.
package final class Readiness: Service {
    private struct State {
        var isListening = false
        var hasChecked = false
        var isDraining = false
        var storeFault: String?
    }

    private let state = Mutex(State())
    private let store: any OriginalStore
    private let logger: Logger

    /// Between two looks at the store, in seconds: a balancer asks about as often.
    private static let checkSeconds = 2.0

    package init(store: any OriginalStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Why not, in single words; empty when ready.
    package var faults: [String] {
        state.withLock { state in
            var faults: [String] = []
            if !state.isListening || !state.hasChecked { faults.append("starting") }
            if state.isDraining { faults.append("draining") }
            if state.storeFault != nil { faults.append("store") }
            return faults
        }
    }

    /// The public listener is up.
    package func started() { state.withLock { $0.isListening = true } }

    /// The end has begun; it doesn't turn back.
    package func drain() { state.withLock { $0.isDraining = true } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.checkStore()
                try? await Task.sleep(for: .seconds(Self.checkSeconds))
            }
        }
    }

    /// Looks at the store once; ``run()`` does so all the time.
    package func checkStore() async {
        var fault: String?
        do throws(StoreError) { try await store.check() } catch {
            // A full store still serves everything it has; only uploads are refused.
            if case .full = error {} else { fault = "\(error)" }
        }
        let changed = state.withLock { state -> Bool in
            defer {
                state.storeFault = fault
                state.hasChecked = true
            }
            return (state.storeFault == nil) != (fault == nil)
        }
        guard changed else { return }
        if let fault {
            logger.error("Store unavailable", metadata: ["store.fault": "\(fault.prefix(500))"])
        } else {
            logger.notice("Store available again")
        }
    }
}
