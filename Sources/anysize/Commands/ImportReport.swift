import AnysizeClient

/// What an import has come to.
struct ImportReport {
    private let counts: ImportCounts
    private let refusals: [ImportRefusal]
    private let kinds: [String: Int]
    private let stop: ImportStop?
    private let seconds: Double
    private let journal: String
    private let refusalFile: String

    init(_ ledger: ImportLedger, stop: ImportStop?, seconds: Double, journal: String, refusalFile: String) {
        counts = ledger.counts
        refusals = ledger.refusals
        kinds = ledger.refusalKinds
        self.stop = stop
        self.seconds = seconds
        self.journal = journal
        self.refusalFile = refusalFile
    }

    var isAnythingWrong: Bool { counts.refused + counts.failed > 0 }

    /// For people.
    var text: String {
        var text = Report.counts(
            [
                (counts.stored, "stored"), (counts.present, "there already"),
                (counts.known, "done by an earlier run, and unchanged"), (counts.refused, "refused"),
                (counts.failed, "failed; another run tries them again"),
            ] + skipped)
        if counts.done == 0 { text += "  no files\n" }
        let rate = seconds > 0 ? Int(Double(counts.stored + counts.present) / seconds) : 0
        text += "  \(ProgressLine.size(counts.sentBytes)) sent in \(ProgressLine.duration(seconds)), \(rate) files/s\n"
        guard !refusals.isEmpty else { return text }
        text += "\nNot taken in:\n" + Report.table(refusals.map { [$0.kind, $0.path, $0.detail] })
        let more = counts.refused + counts.failed - refusals.count
        text += more > 0 ? "  and \(ProgressLine.grouped(more)) more; all of them" : "  They"
        return text + " are in \(refusalFile)\n"
    }

    /// For programs.
    var json: String {
        JSONText.of(
            Printed(
                stored: counts.stored, present: counts.present, known: counts.known, refused: counts.refused,
                failed: counts.failed,
                skipped: Dictionary(uniqueKeysWithValues: skipped.map { ($0.1, $0.0) }), bytesSent: counts.sentBytes,
                retries: counts.retries, seconds: seconds, stopped: stop?.description, kinds: kinds,
                refusals: refusals, refusalFile: refusalFile, journal: journal))
    }

    private var skipped: [(Int, String)] {
        counts.skipped.filter { $0.key != .own }.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0.value, $0.key.rawValue + " left out")
        }
    }

    private struct Printed: Encodable {
        let stored: Int
        let present: Int
        let known: Int
        let refused: Int
        let failed: Int
        let skipped: [String: Int]
        let bytesSent: Int
        let retries: Int
        let seconds: Double
        /// Why it ended early; left out where it didn't.
        let stopped: String?
        let kinds: [String: Int]
        let refusals: [ImportRefusal]
        let refusalFile: String
        let journal: String
    }
}
