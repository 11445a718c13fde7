import ArgumentParser
import Foundation

/// Runs Anysize and its yardsticks in turn, and tells who did how much with what.
@main
struct AnysizeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anysize-bench",
        abstract: "Measures Anysize against programs that anyone can get, in turn in one run.",
        discussion: """
            Each contest is held in several rounds, in which all contenders do the same work one after the other; ratios are \
            made round by round, and their median is told. What isn't installed is left out and named.
            """
    )

    @Option(help: "A directory of JPEG photographs. The one nearest to 12 megapixels is used most.")
    var photographs: String

    @Option(help: "How often each contest is held.")
    var rounds = 5

    @Option(help: "Seconds of a sample that has no natural end.")
    var seconds = 2.0

    @Option(
        parsing: .upToNextOption, help: "Contests to hold: \(Group.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: [Group] = Group.allCases

    @Option(help: "Holds only contests with this in their name.")
    var matching: String?

    @Option(help: "Renders of the contest that looks at memory.")
    var renders = 100_000

    @Option(help: "The service's program; the one beside this by default.")
    var anysize: String?

    @Option(parsing: .upToNextOption, help: "Directories where programs are looked for before those of PATH.")
    var programs: [String] = []

    @Option(parsing: .upToNextOption, help: "Settings of the service, each as key=value: http.lane=false.")
    var set: [String] = []

    @Option(help: "A file for all samples.")
    var json: String?

    enum Group: String, CaseIterable, ExpressibleByArgument {
        case memory, notmodified, disk, redis, levels, others, originals, upload, mixed, page, beside, overload, start,
            harness, peaks, endurance
    }

    func validate() throws {
        guard rounds > 0, seconds > 0, renders > 1000 else {
            throw ValidationError("--rounds and --seconds are above 0, --renders above 1000.")
        }
    }

    func run() throws {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path()
        let bench = Bench(
            scratch: try Scratch(), photographs: try Photographs(in: photographs), seconds: seconds,
            anysize: anysize ?? own + "anysize", loop: own + "vips-loop", programDirectories: programs,
            renderCount: renders,
            settings: try settings())
        var report = Report(
            machine: Machine(bench), command: CommandLine.arguments.joined(separator: " "), rounds: rounds)
        let machine = report.machine
        say("\(machine.processor), \(machine.cores) cores, \(machine.system), \(machine.date)")
        say(machine.versions.values.sorted().joined(separator: "; "))
        say(
            "\(bench.photographs.main.name), \(bench.photographs.main.width)x\(bench.photographs.main.height); \(rounds) rounds, medians\n"
        )
        for group in only {
            do {
                for contest in try contests(group, bench) where matching.map(contest.name.contains) ?? true {
                    hold(contest, bench, &report)
                }
            } catch {
                report.missing[group.rawValue] = "\(error)"
                say("\(group.rawValue): \(error)\n")
            }
        }
        report.leftOut = bench.absences.reasons
        for (name, reason) in report.leftOut.sorted(by: { $0.key < $1.key }) { say("left out: \(name): \(reason)") }
        if report.outcomes.isEmpty { say("nothing was measured") }
        if let json { try JSONEncoder().encode(report).write(to: URL(filePath: json)) }
        if !report.holds || !report.missing.isEmpty || report.outcomes.isEmpty { throw ExitCode(1) }
    }

    private func hold(_ contest: Contest, _ bench: Bench, _ report: inout Report) {
        do {
            let outcome = try Outcome.of(contest, rounds: rounds, bench.absences)
            report.outcomes.append(outcome)
            say(Report.text(of: outcome) + "\n")
        } catch {
            report.missing[contest.name] = "\(error)"
            say("\(contest.name): \(error)\n")
        }
    }

    private func settings() throws -> [String: String] {
        try set.reduce(into: [:]) { settings, text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw ValidationError("--set takes key=value, and not \(text).") }
            settings[String(parts[0])] = String(parts[1])
        }
    }

    private func contests(_ group: Group, _ bench: Bench) throws -> [Contest] {
        switch group {
        case .memory: try Hits(bench, [:]).memory()
        case .notmodified: try Hits(bench, [:]).notModified()
        case .disk: try Hits(bench, ["cache.memory.bytes": "0"]).disk()
        case .redis: try RedisHits(bench).contests()
        case .levels: try Renders(bench: bench).fromLevels()
        case .others: try Renders(bench: bench).ofOtherOriginals()
        case .originals: try Renders(bench: bench).fromOriginals()
        case .upload: try Uploads(bench: bench).contests()
        case .mixed: try Traffic(bench: bench).mixed()
        case .page: try Traffic(bench: bench).page()
        case .beside: try Overload(bench).hitsBesideRenders()
        case .overload: try Overload(bench).tenfold()
        case .start: try Traffic(bench: bench).coldStart()
        case .harness: try Harness(bench: bench).contests()
        case .peaks: try Memory(bench: bench).peaks()
        case .endurance: try Memory(bench: bench).endurance()
        }
    }

    /// At once, since a run takes long.
    private func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
