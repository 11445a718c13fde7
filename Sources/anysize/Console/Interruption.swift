import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ends work politely when its operator presses Ctrl-C, or the system says SIGTERM.
enum Interruption {
    /// What a command ends with that was interrupted: 128 and the number of SIGINT, as shells count.
    static let exitCode: Int32 = 130

    /// Runs some work. The first such signal cancels its task; a second one ends the process where it stands.
    static func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
        let (requests, requested) = AsyncStream.makeStream(of: Void.self)
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask {
                var isStopping = false
                for await _ in signals {
                    if isStopping { _exit(exitCode) }
                    isStopping = true
                    requested.yield()
                }
                return nil
            }
            group.addTask { await cancelled(by: requests, work) }
            // The listener ends by being cancelled, so the first value is the work's.
            while let next = await group.next() {
                guard let next else { continue }
                group.cancelAll()
                return next
            }
            preconditionFailure("The work has a result, however it ends.")
        }
    }

    private static func cancelled<Value: Sendable>(
        by requests: AsyncStream<Void>, _ work: @escaping @Sendable () async -> Value
    ) async -> Value {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                for await _ in requests { break }
                return nil
            }
            var result: Value?
            while result == nil, let next = await group.next() {
                if let next { result = next } else { group.cancelAll() }
            }
            group.cancelAll()
            guard let result else { preconditionFailure("The work has a result, however it ends.") }
            return result
        }
    }
}
