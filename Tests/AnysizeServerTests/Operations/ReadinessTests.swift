import AnysizeCore
import AnysizeServer
import AnysizeTesting
import Logging
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    private let store = MemoryOriginalStore()
    private let readiness: Readiness

    init() {
        readiness = Readiness(
            checks: [.store(store, isShared: false)],
            logger: Logger(label: "readiness") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `A node is ready from its start to its end`() async {
        #expect(readiness.faults == ["starting"])
        readiness.started()
        await readiness.check()
        #expect(readiness.faults.isEmpty)
        readiness.drain()
        #expect(readiness.faults == ["draining"])
        readiness.started()
        #expect(readiness.faults == ["draining"], "there is no way back")
    }

    @Test(arguments: [
        (StoreError.unavailable(detail: "EIO"), ["store"]), (.damaged(detail: "flipped"), ["store"]),
        (.full(detail: "ENOSPC"), []),
    ])
    func `A store that doesn't work is a reason, a full one isn't`(error: StoreError, faults: [String]) async throws {
        readiness.started()
        store.fail(.check, with: error)
        let running = Task { try await readiness.run() }
        await eventually { store.count(of: .check) >= 1 && readiness.faults == faults }
        #expect(readiness.faults == faults)
        running.cancel()
        try await running.value
    }

    @Test func `A store that all nodes share turns a node red at its start only`() async {
        let logger = Logger(label: "readiness") { _ in SwiftLogNoOpLogHandler() }
        let readiness = Readiness(checks: [.store(store, isShared: true)], logger: logger)
        readiness.started()
        store.fail(.check, with: .unavailable(detail: "refused"))
        await readiness.check()
        #expect(readiness.faults == ["store"] && readiness.failing == ["store"])
        store.fail(.check, with: nil)
        await readiness.check()
        #expect(readiness.faults.isEmpty && readiness.failing.isEmpty)
        store.fail(.check, with: .unavailable(detail: "refused"))
        await readiness.check()
        #expect(readiness.faults.isEmpty && readiness.failing == ["store"])
    }

    @Test func `The look at the store ends with the service`() async throws {
        let logger = Logger(label: "readiness") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [readiness], logger: logger))
        let running = Task { try await group.run() }
        await eventually { store.count(of: .check) >= 1 }
        await group.triggerGracefulShutdown()
        try await running.value
    }

    @Test func `A node isn't ready before it has looked at its store`() {
        readiness.started()
        #expect(!readiness.faults.isEmpty)
    }
}
