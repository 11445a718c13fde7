import Foundation

/// All outcomes, for people and for programs.
struct Report: Codable {
    let machine: Machine
    let command: String
    let rounds: Int
    var outcomes: [Outcome] = []
    /// Contests that could not be held, and why.
    var missing: [String: String] = [:]
    /// Yardsticks that were left out, and why.
    var leftOut: [String: String] = [:]

    /// Whether everything that must hold was measured, and does.
    var holds: Bool { outcomes.flatMap(\.bounds).allSatisfy { $0.holds == true } }

    static func text(of outcome: Outcome) -> String {
        let hasScores = outcome.samples.contains { spread(.score, $0) != nil }
        let columns = ["a second", "CPU ms", "median ms", "p99 ms", "bytes"] + (hasScores ? ["score"] : [])
        var table = Table([outcome.contest] + columns + ["Anysize's share"])
        for entry in outcome.samples {
            let figures = [
                entry.contender, figure(spread(.throughput, entry), scale: 1),
                figure(spread(.cost, entry), scale: 1000),
                figure(spread(.median, entry), scale: 1000), figure(spread(.p99, entry), scale: 1000),
                spread(.bytes, entry).map { String(Int($0.median)) } ?? "",
            ]
            let scores = hasScores ? [figure(spread(.score, entry), scale: 1)] : []
            table.add(figures + scores + [share(entry, in: outcome)])
        }
        let verdicts = outcome.bounds.map { text(of: $0) }
        return ([table.text] + verdicts).joined(separator: "\n")
    }

    private static func text(of verdict: Outcome.Verdict) -> String {
        let bound = verdict.bound
        let unit = bound.quantity == .bytes ? "" : " s"
        let words =
            switch bound.limit {
            case .atMost(let limit): "at most \(limit)"
            case .atLeast(let limit): "at least \(limit)"
            }
        let of = bound.yardstick.map { " times that of \($0)" } ?? unit
        guard let spread = verdict.spread, let holds = verdict.holds else {
            return "  NOT MEASURED: \(bound.quantity.rawValue) against \(bound.yardstick ?? "its bound")"
        }
        let figures = "\(round(spread.median)) (\(round(spread.least)) to \(round(spread.most)))"
        return "  \(holds ? "holds" : "FAILS"): \(bound.quantity.rawValue) \(words)\(of): \(figures)"
    }

    /// What Anysize needs of the CPU that this contender needs, and what it does a second of what this one does.
    private static func share(_ entry: Outcome.Entry, in outcome: Outcome) -> String {
        guard let own = outcome.samples.first, own.contender != entry.contender else { return "" }
        return [Quantity.cost, .throughput].compactMap { quantity in
            let ratios = zip(own.rounds, entry.rounds).compactMap { own, other -> Double? in
                guard let own = quantity.value(of: own), let other = quantity.value(of: other), other > 0 else {
                    return nil
                }
                return own / other
            }
            return Spread(ratios).map { "\(quantity == .cost ? "CPU" : "rate") \(round($0.median))" }
        }.joined(separator: ", ")
    }

    private static func spread(_ quantity: Quantity, _ entry: Outcome.Entry) -> Spread? {
        Spread(entry.rounds.compactMap { quantity.value(of: $0) })
    }

    private static func figure(_ spread: Spread?, scale: Double) -> String {
        spread.map { round($0.median * scale) } ?? ""
    }

    /// Three digits that mean something.
    private static func round(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        return String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value)
    }
}

/// What the figures were measured on.
struct Machine: Codable {
    let cores: Int
    let processor: String
    let system: String
    let date: String
    /// What programs say of their versions, by their names.
    let versions: [String: String]

    init(_ bench: Bench) {
        let commands = Commands(bench: bench)
        versions = [("nginx", "-v"), ("vips", "--version"), ("convert", "--version"), ("thumbor", "--version")]
            .reduce(into: [:]) { versions, program in
                guard let path = try? bench.program(program.0),
                    let text = try? commands.run("/bin/sh", ["-c", "\"$0\" \(program.1) 2>&1", path], mayFail: true)
                else { return }
                let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first ?? ""
                versions[program.0] = line.split(separator: " ").prefix(4).joined(separator: " ")
            }
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        cores = ProcessInfo.processInfo.activeProcessorCount
        processor =
            lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
            ?? "unknown"
        system = ProcessInfo.processInfo.operatingSystemVersionString
        date = Date.now.ISO8601Format()
    }

    enum CodingKeys: String, CodingKey { case cores, processor, system, date, versions }
}
