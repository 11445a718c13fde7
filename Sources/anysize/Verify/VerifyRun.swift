import AnysizeClient
import AnysizeCore
import AnysizeEngine
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One run of `anysize verify`: first the originals, then a sample of variants.
struct VerifyRun: Sendable {
    let inspector: any OriginalInspector
    let settings: Settings
    let bytesPerSecond: Int
    let from: String?
    /// Nil where variants aren't asked for.
    let comparison: VariantComparison.Options?
    let json: Bool
    private let ledger = VerificationLedger()
    private let started = ContinuousClock.now

    init(
        inspector: any OriginalInspector, settings: Settings, bytesPerSecond: Int, from: String?,
        comparison: VariantComparison.Options?, json: Bool
    ) {
        self.inspector = inspector
        self.settings = settings
        self.bytesPerSecond = bytesPerSecond
        self.from = from
        self.comparison = comparison
        self.json = json
    }

    /// How it came to its end.
    enum End: Sendable {
        case done(VariantCounts?)
        case interrupted
        case failed(String)
    }

    var isAnythingWrong: Bool { !ledger.counts.faults.isEmpty }

    func carryOut() async -> End {
        await ProgressReporter { [ledger] in ledger.counts.progress }.during { await verify() }
    }

    private func verify() async -> End {
        let print = printer
        let verification = Verification(
            of: inspector, bytesPerSecondMax: bytesPerSecond, from: from, ledger: ledger, found: print)
        do throws(StoreError) { try await verification.run() } catch {
            return .failed("the store can't be read: \(error)")
        }
        guard !Task.isCancelled else { return .interrupted }
        guard let comparison else { return .done(nil) }
        do throws(VariantComparison.Fault) {
            let counts = try await VariantComparison(comparison, inspector, settings) { [ledger] finding in
                ledger.change { $0.faults[finding.kind, default: 0] += 1 }
                print(finding)
            }.run()
            return Task.isCancelled ? .interrupted : .done(counts)
        } catch { return .failed(error.detail) }
    }

    /// Writes a line on standard output for each finding, as it is found.
    private var printer: @Sendable (VerificationFinding) -> Void {
        let json = json
        return { finding in
            let line =
                json
                ? JSONText.line(finding)
                : "\(finding.kind.rawValue)  \(finding.id ?? "-")  \(finding.detail)"
            // A terminal that shows progress must first have its line back.
            if !json, Terminal.isAtStandardError { Terminal.put(Array("\r\u{1B}[K".utf8), to: 2) }
            Terminal.put(Array((line + "\n").utf8), to: 1)
        }
    }
}

extension VerifyRun {
    /// Prints what it has come to, and how to go on.
    func summarise(_ end: End) {
        let counts = ledger.counts
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        var variants: VariantCounts?
        if case .done(let found) = end { variants = found }
        if json {
            Terminal.put(
                Array((JSONText.line(Printed(counts, variants, seconds, isDone: isDone(end))) + "\n").utf8), to: 1)
        } else {
            print(text(counts, variants, seconds), terminator: "")
        }
        switch end {
        case .done: break
        case .failed(let detail): Terminal.complain("error: \(detail)")
        case .interrupted:
            Terminal.complain("error: interrupted")
            if let piece = counts.piece {
                Terminal.complain("The same command with --from \(piece) goes on from here.")
            }
        }
    }

    private func isDone(_ end: End) -> Bool { if case .done = end { true } else { false } }

    private func text(_ counts: VerificationCounts, _ variants: VariantCounts?, _ seconds: Double) -> String {
        var rows = [(counts.sound, "originals are sound"), (counts.gone, "were deleted")]
        rows += VerificationFinding.Kind.allCases.filter { $0 != .differs }.map {
            (counts.faults[$0] ?? 0, $0.rawValue)
        }
        if let variants {
            rows += [
                (variants.same, "variants are the same by both ways"),
                (counts.faults[.differs] ?? 0, "variants differ"), (variants.refused, "variants can't be had"),
            ]
        }
        let text = Report.counts(rows)
        let rate = seconds > 0 ? Int(Double(counts.bytes) / seconds) : 0
        return (text.isEmpty ? "  no originals\n" : text)
            + "  \(ProgressLine.size(counts.bytes)) in \(ProgressLine.duration(seconds)), \(ProgressLine.size(rate))/s\n"
    }

    private struct Printed: Encodable {
        let sound: Int
        let deleted: Int
        let damaged: Int
        let missing: Int
        let unreadable: Int
        let variantsSame: Int?
        let variantsDiffer: Int?
        let variantsRefused: Int?
        let bytes: Int
        let seconds: Double
        let done: Bool
        /// Where to go on; left out where all originals have been looked at.
        let from: String?

        init(_ counts: VerificationCounts, _ variants: VariantCounts?, _ seconds: Double, isDone: Bool) {
            sound = counts.sound
            deleted = counts.gone
            damaged = counts.faults[.damaged] ?? 0
            missing = counts.faults[.missing] ?? 0
            unreadable = counts.faults[.unreadable] ?? 0
            variantsSame = variants?.same
            variantsDiffer = variants.map { _ in counts.faults[.differs] ?? 0 }
            variantsRefused = variants?.refused
            bytes = counts.bytes
            self.seconds = seconds
            done = isDone
            from = counts.piece
        }
    }
}

extension VerificationCounts {
    /// How far the verification has come.
    var progress: Progress {
        var progress = Progress(unit: "originals", done: done, total: isCounted ? found : nil, doneBytes: bytes)
        for kind in VerificationFinding.Kind.allCases {
            if let count = faults[kind], count > 0 { progress.notes.append("\(count) \(kind.rawValue)") }
        }
        return progress
    }
}
