import NIOPosix

/// Where blocking work on files happens: never on an event loop, never on the threads that tasks share.
///
/// Reads and writes have threads of their own, so that a slow fsync never delays a cache hit. The queues in front of
/// them have no bound of their own: each caller waits for its work, so they are as short as connections, uploads and
/// cache fills are few. The threads end with the last reference.
package final class FileThreads: Sendable {
    private let reads: NIOThreadPool
    private let writes: NIOThreadPool

    /// - Parameters:
    ///   - readCount: four keep a disk busy and are enough to hash what it delivers.
    ///   - writeCount: four let the disk join the fsyncs of several uploads.
    package init(readCount: Int = 4, writeCount: Int = 4) {
        reads = NIOThreadPool(numberOfThreads: readCount)
        writes = NIOThreadPool(numberOfThreads: writeCount)
        reads.start()
        writes.start()
    }

    deinit {
        reads.shutdownGracefully { _ in }
        writes.shutdownGracefully { _ in }
    }

    /// Does work that reads.
    package func read<T: Sendable, E: Error>(_ work: @escaping @Sendable () throws(E) -> T) async throws(E) -> T {
        try await Self.run(work, on: reads)
    }

    /// Does work that writes, flushes, renames or removes.
    package func write<T: Sendable, E: Error>(_ work: @escaping @Sendable () throws(E) -> T) async throws(E) -> T {
        try await Self.run(work, on: writes)
    }

    /// Has work done that writes, some time, for callers that can't wait.
    package func writeLater(_ work: @escaping @Sendable () -> Void) {
        writes.submit { _ in work() }
    }

    /// Carries the type of the error across the continuation, which can't.
    private static func run<T: Sendable, E: Error>(
        _ work: @escaping @Sendable () throws(E) -> T, on pool: NIOThreadPool
    ) async throws(E) -> T {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<T, E>, Never>) in
            // The state is of no interest: work that comes after the threads have ended, as the process does, is still
            // done.
            pool.submit { _ in
                continuation.resume(returning: Result { () throws(E) -> T in try work() })
            }
        }
        return try result.get()
    }
}
