import Synchronization

/// How many lines of one kind the log gets in a second: under overload refusals come
/// by the thousand, and each is like the last.
final class LineBudget: Sendable {
    private let linesPerSecond: Int
    private let state = Mutex(State())

    private struct State {
        var start: ContinuousClock.Instant?
        var count = 0
        var leftOutCount = 0
    }

    init(linesPerSecond: Int) { self.linesPerSecond = linesPerSecond }

    /// Asks for a line.
    /// - Returns: how many had none since the last one; nil where this one has none either.
    func take(at now: ContinuousClock.Instant = .now) -> Int? {
        state.withLock { state in
            if state.start.map({ now - $0 >= .seconds(1) }) ?? true {
                state.start = now
                state.count = 0
            }
            guard state.count < linesPerSecond else {
                state.leftOutCount += 1
                return nil
            }
            state.count += 1
            defer { state.leftOutCount = 0 }
            return state.leftOutCount
        }
    }
}
