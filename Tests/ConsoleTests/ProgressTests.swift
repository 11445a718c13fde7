import Testing

@testable import anysize

@Suite struct ProgressTests {
    /// A pace that has seen so many files and bytes in ten seconds.
    private func pace(_ count: Int, _ bytes: Int = 0) -> ProgressPace {
        var pace = ProgressPace()
        pace.note(Progress(unit: "files"), at: 0)
        pace.note(Progress(unit: "files", done: count, doneBytes: bytes), at: 10)
        return pace
    }

    @Test func `a line tells share, count, time left, rates and what went wrong`() {
        let progress = Progress(
            unit: "files", done: 12_345, total: 30_000, doneBytes: 5_200_000_000, totalBytes: 10_400_000_000,
            notes: ["3 refused"])
        let line = ProgressLine.plain(progress, pace(3100, 840_000_000))
        #expect(line == "41 %, 12,345 of 30,000 files, 1 min 2 s left, 310 files/s, 5.2 GB, 84 MB/s, 3 refused")
    }

    @Test func `before anything is known there is only a count`() {
        let progress = Progress(unit: "files")
        #expect(ProgressLine.plain(progress, ProgressPace()) == "0 files")
        #expect(ProgressLine.bar(progress, ProgressPace(), width: 80) == "0 files")
    }

    @Test func `a bar is as full as the work is done, and never wider than the terminal`() {
        let progress = Progress(
            unit: "originals", done: 50, total: 100, doneBytes: 5_000_000, totalBytes: 10_000_000, notes: ["1 damaged"])
        for width in 1...200 {
            #expect(ProgressLine.bar(progress, pace(50, 5_000_000), width: width).count < max(width, 23))
        }
        let line = ProgressLine.bar(progress, pace(50, 5_000_000), width: 200)
        #expect(line.hasPrefix("[##########..........]  50 %  50 of 100 originals  10 s left"))
        #expect(line.hasSuffix("1 damaged"))
    }

    @Test func `the share is the worse of files and bytes, and stays within bounds`() {
        #expect(Progress(unit: "f", done: 9, total: 10, doneBytes: 1, totalBytes: 10).share == 0.1)
        #expect(Progress(unit: "f", done: 1, total: 10, doneBytes: 9, totalBytes: 10).share == 0.1)
        // A tree that grows while it is sent.
        #expect(Progress(unit: "f", done: 11, total: 10, doneBytes: 11, totalBytes: 10).share == 1)
        #expect(Progress(unit: "f", done: 0, total: 0).share == 1)
        #expect(Progress(unit: "f", done: 5).share == nil)
    }

    @Test func `the pace is that of the last half minute`() {
        var pace = ProgressPace()
        for second in 0...300 {
            let done = second <= 200 ? second : 200 + (second - 200) * 10
            pace.note(Progress(unit: "files", done: done), at: Double(second))
        }
        #expect(abs((pace.countPerSecond ?? 0) - 10) < 0.01)
        #expect(pace.remainingSeconds(Progress(unit: "files", done: 1200, total: 1300)) == 10)
    }

    @Test func `a stall shows as none left to tell, not as for ever`() {
        var pace = ProgressPace()
        for second in 0...100 { pace.note(Progress(unit: "files", done: 5), at: Double(second)) }
        #expect(pace.remainingSeconds(Progress(unit: "files", done: 5, total: 10)) == nil)
        #expect(pace.remainingSeconds(Progress(unit: "files", done: 10, total: 10)) == 0)
    }

    @Test(arguments: [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KB"), (1_234_567, "1.2 MB"), (99_960_000, "100 MB"),
        (999_600_000, "1.0 GB"), (5_200_000_000_000, "5.2 TB"),
    ])
    func `sizes have a unit in which they are small`(byteCount: Int, text: String) {
        #expect(ProgressLine.size(byteCount) == text)
    }

    @Test(arguments: [
        (0.2, "1 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3661, "1 h 1 min"), (90_000, "1 d 1 h"),
        (Double.infinity, "11574 d 1 h"),
    ])
    func `durations have two units`(seconds: Double, text: String) {
        #expect(ProgressLine.duration(seconds) == text)
    }

    @Test func `numbers are grouped, and tables aligned`() {
        #expect([0, 999, 1000, 1_234_567].map { ProgressLine.grouped($0) } == ["0", "999", "1,000", "1,234,567"])
        #expect(
            Report.counts([(1234, "stored"), (0, "refused"), (7, "failed")]) == "  1,234  stored\n      7  failed\n")
        #expect(Report.table([["a", "bb", "c"], ["aaa", "b", "cc"]]) == "  a    bb  c\n  aaa  b   cc\n")
    }
}
