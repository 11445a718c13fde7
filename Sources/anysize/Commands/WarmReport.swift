import AnysizeClient
import AnysizeCore

/// What warming has come to.
struct WarmReport {
    private let counts: WarmCounts
    private let refusals: [WarmRefusal]
    private let kinds: [String: Int]
    private let mark: String?
    private let stop: WarmStop?
    private let seconds: Double

    init(_ ledger: WarmLedger, stop: WarmStop?, seconds: Double) {
        counts = ledger.counts
        refusals = ledger.refusals
        kinds = ledger.refusalKinds
        mark = ledger.mark?.description
        self.stop = stop
        self.seconds = seconds
    }

    var isAnythingWrong: Bool { counts.refused + counts.badLines > 0 }

    /// For people.
    var text: String {
        var text = Report.counts([
            (counts.originals, "originals"), (counts.rendered, "variants rendered"),
            (counts.shared, "rendered for somebody else at that moment"), (counts.present, "there already"),
            (counts.untold, "answered, without a word on where from"), (counts.refused, "refused"),
            (counts.badLines, "lines that are no ids"),
        ])
        if counts.originals == 0 { text += "  no originals\n" }
        let rate = seconds > 0 ? Int(Double(counts.done) / seconds) : 0
        text += "  in \(ProgressLine.duration(seconds)), \(rate) variants/s\n"
        guard !refusals.isEmpty else { return text }
        text += "\nRefused:\n" + Report.table(refusals.map { [$0.kind, $0.id, $0.recipe] })
        let more = counts.refused - refusals.count
        let all = kinds.sorted { $0.key < $1.key }.map { "\(ProgressLine.grouped($0.value)) \($0.key)" }
        if more > 0 { text += "  and \(ProgressLine.grouped(more)) more: \(all.joined(separator: ", "))\n" }
        return text
    }

    /// For programs.
    var json: String {
        JSONText.of(
            Printed(
                originals: counts.originals, rendered: counts.rendered, shared: counts.shared, present: counts.present,
                untold: counts.untold, refused: counts.refused, badLines: counts.badLines, retries: counts.retries,
                seconds: seconds, stopped: stop?.description, after: stop == nil ? nil : mark, kinds: kinds,
                refusals: refusals))
    }

    private struct Printed: Encodable {
        let originals: Int
        let rendered: Int
        let shared: Int
        let present: Int
        let untold: Int
        let refused: Int
        let badLines: Int
        let retries: Int
        let seconds: Double
        /// Why it ended early; left out where it didn't.
        let stopped: String?
        /// Where to go on in that case.
        let after: String?
        let kinds: [String: Int]
        let refusals: [WarmRefusal]
    }
}
