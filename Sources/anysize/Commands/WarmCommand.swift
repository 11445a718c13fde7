import AnysizeClient
import AnysizeCore
import ArgumentParser

/// `anysize warm`: has variants rendered before anybody waits for them.
struct WarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm",
        abstract: "Have variants rendered before anybody waits for them.",
        discussion: """
            Examples:

              anysize warm --url http://127.0.0.1:8080 --recipes 'w=320' 'w=640&format=webp'
              ANYSIZE_KEY=SECRET anysize warm --url https://img.example.org --recipes 'w=320&format=auto' --accept image/avif,image/webp
              grep front ids.txt | anysize warm --url http://127.0.0.1:8080 --recipes 'w=320' --ids -

            Each recipe is asked for of each id: of those in --ids, or of all originals of the service, a page after the other, for \
            which a key needs the scope read where keys are set.

            How many requests are under way: one at first; each answer without delay adds one divided by their number, so about one \
            for each round, up to --concurrency. A 503 halves it, and so does an answer for which the service let the request queue \
            for more than \(Int(WarmPace.queueSecondsMax * 1000)) ms, as Server-Timing tells (or which took \
            \(Int(WarmPace.answerSecondsMax)) s, where something in front of the service hides that); at most once for those under \
            way together. A 503 is asked again after the time that it names.

            The service has no idle priority for such requests yet: a request of a person that comes meanwhile waits behind those under \
            way, no longer than the \(Int(WarmPace.queueSecondsMax * 1000)) ms or so after which they become fewer. Behind a balancer \
            each variant is rendered by the node that the balancer chooses, and no other.

            Nothing is remembered: what is there already costs a short request the next time. After Ctrl-C the last line says with \
            which --after the next run goes on.

            Exit codes: 0 all is warm; 1 some variants were refused; 2 it could not run to its end; 64 the command line is written \
            wrongly; 130 interrupted.
            """
    )

    @OptionGroup var service: ServiceFlags

    @Option(
        parsing: .upToNextOption, help: "What to render of each original, as in a URL: 'w=320' 'w=640&format=webp'.")
    var recipes: [String]

    @Option(
        help: "A file with an id a line, or - for standard input; all originals, unless given.", completion: .file())
    var ids: String?

    @Option(help: "Begin behind this id; not with --ids.")
    var after: String?

    @Option(help: "Requests under way at the same time, at most; 1 to 256.")
    var concurrency = 16

    @Option(help: "What to send as Accept, for recipes with format=auto.")
    var accept: String?

    @Option(help: "Seconds to wait for a service that is overloaded or gone, 1 to 86400.")
    var patience = 300

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard !recipes.isEmpty else { throw ValidationError("--recipes needs one or more recipes.") }
        for recipe in recipes {
            do throws(RecipeError) { _ = try Recipe(query: recipe, presets: .unknown) } catch {
                throw ValidationError("The recipe '\(recipe)' is wrong: \(error.detail)")
            }
        }
        guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 256.") }
        guard (1...86_400).contains(patience) else { throw ValidationError("--patience is 1 to 86400 seconds.") }
        guard after == nil || ids == nil else { throw ValidationError("--after and --ids exclude each other.") }
        guard after.map({ OriginalID($0) != nil }) ?? true else { throw ValidationError("--after is an id.") }
        if let accept, !accept.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            throw ValidationError("--accept is what a header can hold.")
        }
    }

    func run() async throws {
        let secret = try service.key.secret(for: service.service)
        let reader: LineReader?
        do throws(SourceError) { reader = try ids.map { (path) throws(SourceError) in try LineReader(path) } } catch {
            Terminal.complain("error: \(ids ?? "-") can't be read: \(error)")
            throw ExitCode.couldNotRun
        }
        let ledger = WarmLedger(concurrencyMax: concurrency)
        let started = ContinuousClock.now
        let stop = await carryOut(secret, reader, ledger)
        let report = WarmReport(ledger, stop: stop, seconds: (ContinuousClock.now - started) / .seconds(1))
        print(json ? report.json : report.text, terminator: json ? "\n" : "")
        if let stop {
            Terminal.complain("error: \(stop)")
            if ids == nil, let mark = ledger.mark {
                Terminal.complain("The same command with --after \(mark) goes on from here.")
            } else {
                Terminal.complain("The same command begins anew; what is rendered by now takes no time again.")
            }
            throw stop == .cancelled ? ExitCode.interrupted : ExitCode.couldNotRun
        }
        if report.isAnythingWrong { throw ExitCode.someRefused }
    }

    private func carryOut(_ secret: String?, _ reader: LineReader?, _ ledger: WarmLedger) async -> WarmStop? {
        let options = Warmer.Options(
            recipes: recipes, concurrencyMax: concurrency, accept: accept, patienceSeconds: Double(patience))
        let base = service.service
        let first = after.flatMap { OriginalID($0) }
        return await Interruption.cancelling {
            await ProgressReporter { ledger.counts.progress }.during {
                do throws(WarmStop) {
                    try await ServiceClient.with(base, secret: secret, connectionCount: options.concurrencyMax) {
                        (client) async throws(WarmStop) in
                        let contact = Contact()
                        let source = reader.map { IDSource.lines($0) } ?? .listing(client, contact, after: first)
                        try await Warmer(options, client: client, contact: contact, ledger: ledger).run(source)
                    }
                    return nil
                } catch { return error }
            }
        }
    }
}

extension WarmCounts {
    /// How far warming has come; nobody knows how many originals there are before the last page.
    var progress: Progress {
        var progress = Progress(unit: "variants", done: done)
        progress.notes.append("\(ProgressLine.grouped(rendered + shared)) rendered")
        if refused > 0 { progress.notes.append("\(ProgressLine.grouped(refused)) refused") }
        progress.notes.append("\(limit) at once")
        if waiting > 0 { progress.notes.append("\(waiting) waiting for the service") }
        return progress
    }
}
