package import AnysizeCore

import CoreMetrics
import Logging
import NIOPosix
import Sandbox
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

extension HelperPool {
    /// Begins to start helpers, and doesn't wait.
    package func begin() { replenish() }

    /// Starts one helper and waits for it; then begins to start the others.
    /// - Returns: what its sandbox is like.
    /// - Throws: `.unavailable` where it doesn't come up, or lacks a layer of a sandbox that must be whole.
    package func start() async throws(RenderError) -> Confinement {
        state.withLock { $0.startingCount += 1 }
        let result: Result<HelperProcess, HelperFault>
        do {
            result = try await keepers.runIfActive {
                do throws(HelperFault) { return .success(try self.launch()) } catch { return .failure(error) }
            }
        } catch { throw .unavailable(cause: "the pool has stopped") }
        do throws(HelperFault) {
            let helper = try result.get()
            welcome(helper)
            return Confinement(helper.report)
        } catch {
            _ = state.withLock { $0.startFailed() }
            HelperMetrics.startsFailed.increment()
            throw .unavailable(cause: "a helper does not start: \(error)")
        }
    }

    /// Starts as many as are missing.
    func replenish() {
        let (missing, delay) = state.withLock { $0.startMissing(configuration.jobCount + 1) }
        for _ in 0..<missing {
            keepers.submit { _ in self.startOne(afterSeconds: delay) }
        }
    }

    private func startOne(afterSeconds delay: Double) {
        if delay > 0 { usleep(UInt32(delay * 1_000_000)) }
        do throws(HelperFault) { welcome(try launch()) } catch {
            let isFirst = state.withLock { $0.startFailed() }
            // Said once, not for each of the attempts that follow.
            if isFirst { logger.error("A helper does not start", metadata: ["helper.fault": "\(error)"]) }
            HelperMetrics.startsFailed.increment()
            replenish()
        }
    }

    /// Blocks until a helper is ready.
    private func launch() throws(HelperFault) -> HelperProcess {
        let started = ContinuousClock.now
        let helper = try HelperProcess(configuration)
        let missing = Confinement(helper.report).missing
        if configuration.demandsWholeSandbox, !missing.isEmpty {
            helper.stop()
            throw .start(cause: "its sandbox lacks layers, and all are required: \(missing.joined(separator: ", "))")
        }
        HelperMetrics.startTime.recordSeconds((ContinuousClock.now - started).seconds)
        HelperMetrics.started.increment()
        return helper
    }

    /// Gives a new helper its place.
    private func welcome(_ helper: HelperProcess) {
        let (isFirst, effect) = state.withLock { ($0.isFirst, $0.started(helper)) }
        if isFirst {
            say(Confinement(helper.report))
            replenish()
        }
        effect?()
    }

    /// Tells operators once.
    private func say(_ confinement: Confinement) {
        logger.info("Helpers started", metadata: ["sandbox.held": "\(confinement.held.joined(separator: " "))"])
        guard !confinement.missing.isEmpty else { return }
        logger.warning(
            "The helpers' sandbox lacks layers",
            metadata: ["sandbox.missing": "\(confinement.missing.joined(separator: ", "))"]
        )
    }

    /// How far helpers are shut in.
    package struct Confinement: Sendable {
        /// The layers that hold, by name.
        package let held: [String]
        /// Those that the system lacks, with the reason.
        package let missing: [String]

        init(_ report: SandboxReport) {
            held = report.held.map(\.rawValue)
            missing = report.missing.map { "\($0.layer.rawValue) (\($0.reason))" }
        }
    }
}
