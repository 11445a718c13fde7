import CoreMetrics
import ServiceLifecycle
import Synchronization

/// Fills the slower tiers after the answer has been given. When it can't keep up, variants are dropped and counted: they can
/// be rendered again. At shutdown what is queued is still written.
package final class CacheFiller: Service {
    /// A variant to keep, and the original it is of.
    package struct Job: Sendable {
        let key: VariantKey
        let variant: Variant
        let original: OriginalRecord
    }

    private let tiers: [any VariantCache]
    private let isCurrent: @Sendable (OriginalRecord) async -> Bool
    private let byteCountMax: Int
    private let pendingByteCount = Atomic<Int>(0)
    private let stream: AsyncStream<Job>
    private let continuation: AsyncStream<Job>.Continuation

    /// Jobs that are written at once.
    private static let widthMax = 4

    /// - Parameters:
    ///   - tiers: those to fill, the memory tier not among them.
    ///   - byteCountMax: bytes of variants that may wait to be written.
    ///   - isCurrent: whether the store still has that very original. Asked after each fill: a variant that was rendered
    ///     while its original was deleted would otherwise stay behind.
    package init(
        tiers: [any VariantCache], byteCountMax: Int = 64_000_000,
        isCurrent: @escaping @Sendable (OriginalRecord) async -> Bool
    ) {
        self.tiers = tiers
        self.byteCountMax = byteCountMax
        self.isCurrent = isCurrent
        (stream, continuation) = AsyncStream.makeStream(of: Job.self, bufferingPolicy: .bufferingOldest(4096))
    }

    /// Queues a fill, or drops it where too much is queued.
    package func enqueue(_ job: Job) {
        guard !tiers.isEmpty else { return }
        let count = job.variant.byteCount
        let pending = pendingByteCount.add(count, ordering: .relaxed).newValue
        guard pending <= byteCountMax, case .enqueued = continuation.yield(job) else {
            pendingByteCount.subtract(count, ordering: .relaxed)
            return drop()
        }
    }

    private func drop() { FlowMetrics.fillsDropped.increment() }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                var running = 0
                for await job in stream {
                    if running == Self.widthMax {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await self.fill(job) }
                }
            }
        } onGracefulShutdown: {
            self.continuation.finish()
        }
    }

    private func fill(_ job: Job) async {
        for tier in tiers { await tier.store(job.variant, for: job.key) }
        pendingByteCount.subtract(job.variant.byteCount, ordering: .relaxed)
        guard await !isCurrent(job.original) else { return }
        for tier in tiers { _ = await tier.removeAll(of: OriginalTag(job.original.digest)) }
    }
}
