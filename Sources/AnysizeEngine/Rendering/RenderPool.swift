import AnysizeCore
import NIOPosix
import Synchronization
import Vips

/// The threads that libvips works on, and nothing else: as many as jobs are admitted at once, made at the start, kept to the end.
///
/// There is no bound on its queue because there is no queue: ``Admission`` stands in front and lets in one job a thread.
package final class RenderPool: Sendable {
    private let threads: NIOThreadPool
    let threadCount: Int
    /// When each job that runs began, by a number of its own.
    private let running = Mutex((next: 0, starts: [Int: ContinuousClock.Instant]()))

    package init(threadCount: Int) {
        precondition(threadCount > 0, "a pool needs a thread")
        self.threadCount = threadCount
        threads = NIOThreadPool(numberOfThreads: threadCount)
        threads.start()
    }

    /// Runs a job on one of the threads. Waits for its end even where the calling task is cancelled: what the job holds must
    /// not outlive the caller's permit.
    func run<Value: Sendable>(
        _ job: @escaping @Sendable () throws(RenderError) -> Value
    ) async throws(RenderError) -> Value {
        let result: Result<Value, RenderError>
        do {
            result = try await threads.runIfActive {
                ThreadPriority.yieldToEventLoops()
                let id = self.began()
                defer { self.ended(id) }
                return Vips.job {
                    do throws(RenderError) { return .success(try job()) } catch { return .failure(error) }
                }
            }
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .failed(cause: "render threads have stopped: \(error)")
        }
        return try result.get()
    }

    /// Jobs that have a thread.
    var runningCount: Int { running.withLock { $0.starts.count } }

    /// How long the oldest of them has had it; nil where there is none.
    var oldestJobSeconds: Double? {
        running.withLock { $0.starts.values.min() }.map { (ContinuousClock.now - $0).seconds }
    }

    private func began() -> Int {
        running.withLock { running in
            running.next += 1
            running.starts[running.next] = .now
            return running.next
        }
    }

    private func ended(_ id: Int) { running.withLock { _ = $0.starts.removeValue(forKey: id) } }

    /// Ends the threads once they are idle.
    package func stop() async {
        try? await threads.shutdownGracefully()
    }
}
