package import AnysizeCore
package import Logging

import CoreMetrics
import NIOCore
import NIOPosix
import Sandbox
import ServiceLifecycle
import Synchronization
import Vips

/// Helpers that wait for jobs: as many as there can be jobs at once, and a spare one that takes over at once where one is lost.
///
/// There is no queue of its own: ``Admission`` stands in front, and a job waits here only while a helper is starting.
package final class HelperPool: Service {
    /// What helpers are, and how many.
    package struct Configuration: Sendable {
        /// A path to the `anysize` program itself.
        package var executable: String
        /// Jobs at once, at least 1.
        package var jobCount: Int
        /// Of a helper's address space.
        package var memoryByteCountMax = 2_000_000_000
        /// Bytes of an original at most.
        package var inputByteCountMax = 50_000_000
        /// Bytes of an encoded level at most, which an original may come with.
        package var levelByteCountMax = 25_000_000
        /// Bytes of levels or of a variant at most.
        package var outputByteCountMax = 200_000_000
        /// Jobs after which a helper is replaced.
        package var lifetimeJobCount = 1000
        /// Bytes of its own after a job, above which a helper is replaced.
        package var keptByteCountMax = 100_000_000
        /// Seconds of processor time of a job at most, whatever its caller would wait.
        package var jobProcessorSeconds = 6

        /// Formats beyond the usual ones that helpers decode.
        package var extraFormats: [ImageFormat] = []

        /// Bytes of address space that a helper shares with the service.
        package var sharedByteCount: Int { inputMemoryByteCount + outputByteCountMax }

        /// An original or a level, and the level of an overlay.
        var inputMemoryByteCount: Int { max(inputByteCountMax, levelByteCountMax) + levelByteCountMax }

        /// Whether a helper that lacks a layer of its sandbox is of no use.
        package var demandsWholeSandbox = false

        package init(executable: String, jobCount: Int) {
            self.executable = executable
            self.jobCount = jobCount
        }
    }

    let configuration: Configuration
    let state = Mutex(State())
    /// Jobs block these threads; they also encode levels, which is work for libvips.
    private let threads: NIOThreadPool
    /// Starting and ending helpers takes a while, and must not wait for jobs.
    let keepers = NIOThreadPool(numberOfThreads: 2)
    let logger: Logger

    /// A helper that has ended while it had nothing to do is noticed after so many seconds at most.
    private static let watchSeconds = 0.05

    package init(_ configuration: Configuration, logger: Logger) {
        HelperMetrics.prepare()
        precondition(configuration.jobCount > 0, "a pool needs a helper")
        self.configuration = configuration
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: configuration.jobCount)
        threads.start()
        keepers.start()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.buryDead()
                try? await Task.sleep(for: .seconds(Self.watchSeconds))
            }
        }
    }

    /// Ends all helpers. Jobs that run are lost.
    package func stop() {
        let (idle, waiters) = state.withLock { $0.stop() }
        for helper in idle { helper.stop() }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// Helpers that wait for a job, that have one, and that are starting.
    package var counts: (idle: Int, busy: Int, starting: Int) {
        state.withLock { ($0.idle.count, $0.busyCount, $0.startingCount) }
    }

    /// The process ids of helpers that wait for a job.
    package var idleProcessIDs: [Int32] { state.withLock { $0.idle.map(\.processID) } }

    /// Lends a helper, on a thread that may block.
    /// - Parameter body: returns its result, or throws a fault, after which the helper is gone.
    func withHelper<Value: Sendable>(
        until deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable (HelperProcess) throws(HelperFault) -> Value
    ) async throws(RenderError) -> Result<Value, HelperFault> {
        try await lend(try await take(until: deadline), body)
    }

    private func lend<Value: Sendable>(
        _ helper: HelperProcess, isRehearsal: Bool = false,
        _ body: @escaping @Sendable (HelperProcess) throws(HelperFault) -> Value
    ) async throws(RenderError) -> Result<Value, HelperFault> {
        let (result, isLarge): (Result<Value, HelperFault>, Bool)
        do {
            (result, isLarge) = try await threads.runIfActive { [keptByteCountMax = configuration.keptByteCountMax] in
                ThreadPriority.yieldToEventLoops()
                do throws(HelperFault) {
                    let value = try body(helper)
                    // Here, since both may block.
                    helper.tidy()
                    return (.success(value), helper.ownByteCount > keptByteCountMax)
                } catch { return (.failure(error), false) }
            }
        } catch {
            drop(helper)
            throw .unavailable(cause: "the threads of helpers have stopped")
        }
        if case .failure(let fault) = result {
            HelperMetrics.lost(fault).increment()
            drop(helper)
        } else {
            put(helper, isRehearsal: isRehearsal, isLarge: isLarge)
        }
        return result
    }
}

// MARK: - Rehearsing

extension HelperPool {
    /// Has each helper that waits for a job decode a built-in picture, and render it; those that have one are at work anyway.
    /// - Throws: where one can't, which is replaced then, or where there is none at all.
    package func rehearse() async throws(RenderError) {
        let plan = try RenderPlan.rehearsal(from: .original)
        for _ in 0..<counts.idle {
            guard let helper = state.withLock({ $0.takeColdest() }) else { break }
            let result: Result<[HelperReply], HelperFault> = try await lend(helper, isRehearsal: true) {
                (helper) throws(HelperFault) in
                try Self.rehearse(helper, [.examine(Pyramid()), .render(plan)])
            }
            switch result {
            case .success(let replies):
                guard case (.examined, .rendered)? = replies.count == 2 ? (replies[0], replies[1]) : nil else {
                    throw .failed(cause: "a helper can't decode or render the sample: \(replies)")
                }
            // Ended from outside, and replaced by now.
            case .failure(.killed): continue
            case .failure(let fault): throw .failed(cause: "a helper is lost: \(fault)")
            }
        }
        let counts = counts
        if counts.idle + counts.busy == 0 { throw .unavailable(cause: "no helper is there") }
    }

    private static func rehearse(
        _ helper: HelperProcess, _ jobs: [HelperRequest.Job]
    ) throws(HelperFault) -> [HelperReply] {
        var replies: [HelperReply] = []
        for job in jobs {
            replies.append(
                try helper.reply(
                    to: job, SamplePicture.png, limits: HeaderLimits(), seconds: 4, processorSeconds: 2,
                    isCancelled: { false }
                ))
        }
        return replies
    }
}

// MARK: - Taking and giving back

extension HelperPool {
    private func take(until deadline: ContinuousClock.Instant) async throws(RenderError) -> HelperProcess {
        while true {
            let id = state.withLock { $0.makeID() }
            let helper = await withTaskCancellationHandler {
                await withCheckedContinuation { (continuation: Waiter.Continuation) in
                    switch state.withLock({ $0.take(Waiter(id: id, deadline: deadline, continuation: continuation)) }) {
                    case .helper(let helper): continuation.resume(returning: helper)
                    case .none: continuation.resume(returning: nil)
                    case .wait: break
                    }
                }
            } onCancel: {
                state.withLock { $0.leave(id) }?.continuation.resume(returning: nil)
            }
            guard let helper else {
                if Task.isCancelled { throw .cancelled }
                throw .unavailable(cause: "no helper is there")
            }
            // It may have ended while it had nothing to do; then nothing of the job is lost yet.
            if helper.isAlive { return helper }
            HelperMetrics.lost(.killed).increment()
            drop(helper)
        }
    }

    /// - Parameters:
    ///   - isRehearsal: rehearsals go round, so they would make all helpers old at the same time.
    ///   - isLarge: whether it keeps more memory than it should.
    private func put(_ helper: HelperProcess, isRehearsal: Bool, isLarge: Bool) {
        let isSpent = state.withLock { $0.isSpent(helper, configuration, isRehearsal: isRehearsal) }
        guard isSpent || helper.isWorn || isLarge else {
            state.withLock { $0.put(helper) }?()
            return
        }
        // The spare one steps in; this one goes when nobody waits for its thread.
        HelperMetrics.recycled.increment()
        drop(helper)
    }

    private func drop(_ helper: HelperProcess) {
        state.withLock { $0.drop(helper) }
        keepers.submit { _ in helper.stop() }
        replenish()
    }

    private func buryDead() {
        let dead = state.withLock { $0.takeDead(now: .now) }
        for waiter in dead.late { waiter.continuation.resume(returning: nil) }
        for _ in dead.helpers { HelperMetrics.lost(.killed).increment() }
        if !dead.helpers.isEmpty { replenish() }
    }
}
