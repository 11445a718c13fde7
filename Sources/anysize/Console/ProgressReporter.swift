#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Shows how a command gets on, on standard error: a line that renews itself on a terminal, else a line now and then.
struct ProgressReporter: Sendable {
    /// Ten times a second is as smooth as a line of numbers gets.
    private static let barSeconds = 0.1
    /// A log of a day has some thousands of lines, and a person who looks need not wait.
    private static let plainSeconds = 10.0

    private let isTerminal = Terminal.isAtStandardError
    private let progress: @Sendable () -> Progress

    /// - Parameter progress: how far it has come; asked often.
    init(_ progress: @escaping @Sendable () -> Progress) { self.progress = progress }

    /// Shows the progress of some work while it runs, and how far it came in the end.
    func during<Value: Sendable, Failure: Error>(
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        async let _ = show()
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
        // Cancels the show, and waits for it to end, as every way out of here does.
        return try result.get()
    }

    private func show() async {
        let started = ContinuousClock.now
        var pace = ProgressPace()
        var isShown = false
        let seconds = isTerminal ? Self.barSeconds : Self.plainSeconds
        while !Task.isCancelled {
            let now = progress()
            pace.note(now, at: (ContinuousClock.now - started) / .seconds(1))
            if isTerminal {
                Self.put("\r" + ProgressLine.bar(now, pace, width: Self.width) + "\u{1B}[K")
            } else if isShown {
                Self.put(ProgressLine.plain(now, pace) + "\n")
            }
            isShown = true
            try? await Task.sleep(for: .seconds(seconds))
        }
        let now = progress()
        pace.note(now, at: (ContinuousClock.now - started) / .seconds(1))
        if isTerminal { Self.put("\r" + ProgressLine.bar(now, pace, width: Self.width) + "\u{1B}[K\n") }
    }

    /// Columns of the terminal; 80 where it doesn't say.
    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func put(_ text: String) { Terminal.put(Array(text.utf8), to: STDERR_FILENO) }
}
