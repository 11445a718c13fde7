/// Runs work until a moment, and cancels what hasn't ended by then.
/// - Returns: nil where it came to that; the work has ended all the same.
func withTimeLimit<T: Sendable>(
    until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async -> T
) async -> T? {
    await withTaskGroup(of: T?.self) { group in
        group.addTask { await work() }
        group.addTask {
            try? await Task.sleep(until: deadline, clock: .continuous)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}
