/// How far a command has come, for a line that is shown while it runs.
struct Progress: Hashable, Sendable {
    /// What is counted: `files`, `variants`, `originals`.
    var unit: String
    var done = 0
    /// Nil while nobody knows.
    var total: Int?
    /// Of what is done; nil where bytes don't matter.
    var doneBytes: Int?
    var totalBytes: Int?
    /// Further words, most important first: `3 refused`.
    var notes: [String] = []

    /// What is done, from 0 to 1, by whichever of files and bytes is further behind; nil while the total isn't known.
    var share: Double? {
        guard let total else { return nil }
        var share = total > 0 ? Double(done) / Double(total) : 1
        if let doneBytes, let totalBytes, totalBytes > 0 { share = min(share, Double(doneBytes) / Double(totalBytes)) }
        return min(1, max(0, share))
    }
}

/// How fast it goes, by what the last half minute has seen: neither a burst nor the first slow seconds decide for long.
/// Pure; whoever keeps it brings the time.
struct ProgressPace: Sendable {
    /// Seconds that are looked back on.
    static let windowSeconds = 30.0

    private struct Sample {
        let seconds: Double
        let count: Int
        let bytes: Int
    }

    private var samples: [Sample] = []

    /// - Parameter seconds: on a clock that never goes back.
    mutating func note(_ progress: Progress, at seconds: Double) {
        samples.append(Sample(seconds: seconds, count: progress.done, bytes: progress.doneBytes ?? 0))
        // One sample at the window's far end or beyond it stays, to measure from.
        while samples.count > 2, samples[1].seconds <= seconds - Self.windowSeconds { samples.removeFirst() }
    }

    /// Nil before there is anything to compare.
    var countPerSecond: Double? { rate(\.count) }
    var bytesPerSecond: Double? { rate(\.bytes) }

    /// Seconds until all is done at this pace, by files or by bytes, whichever takes longer; nil while it can't be told.
    func remainingSeconds(_ progress: Progress) -> Double? {
        guard let total = progress.total else { return nil }
        let rest = total - progress.done
        guard rest > 0 else { return 0 }
        guard let countPerSecond, countPerSecond > 0 else { return nil }
        let byCount = Double(rest) / countPerSecond
        guard let totalBytes = progress.totalBytes, let doneBytes = progress.doneBytes, totalBytes > doneBytes,
            let bytesPerSecond, bytesPerSecond > 0
        else { return byCount }
        return max(byCount, Double(totalBytes - doneBytes) / bytesPerSecond)
    }

    private func rate(_ value: (Sample) -> Int) -> Double? {
        guard let first = samples.first, let last = samples.last, last.seconds > first.seconds else { return nil }
        return Double(value(last) - value(first)) / (last.seconds - first.seconds)
    }
}
