import AnysizeClient
import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `anysize import DIRECTORY`: brings a tree of pictures into a running service.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Upload a directory tree to a running service; run it again to go on where it stopped.",
        discussion: """
            Examples:

              anysize import /srv/photos --url http://127.0.0.1:8080
              ANYSIZE_KEY=SECRET anysize import /srv/photos --url https://img.example.org --concurrency 16
              anysize import shoes --url http://127.0.0.1:8080 --ids path --existing replace --key-file key.txt

            Every regular file is sent, whatever its name says: the service looks at the bytes, and refuses what is no picture. \
            Symbolic links aren't followed, and hidden files (a dot first) are left out unless --hidden says otherwise; both are \
            counted. A file that changes while it is read is begun anew, and nothing of it is stored before it has been read \
            unchanged. What the service stores is compared with what was sent by digest.

            Ids: 'content' lets the service derive them from the bytes, so the same picture twice is one original. 'name' takes the \
            file's name (front.jpg), 'path' its path with _ for each slash (shoes_42_front.jpg); a name that no id can have, or that \
            two files share, is refused and not changed. --existing says what happens where such an id has another original.

            The journal has a line for each file that the service has answered for good. The next run leaves out those that still have \
            the same size and modification time, also the refused ones unless --retry-refused is given. Ctrl-C or a kill loses what was \
            under way, which the next run sends again: nothing is stored twice. One journal is for one --url and --ids.

            Overload (503) is waited for as long as the service says, and up to --patience; other faults of the service, and lost \
            connections, are tried again a few times; a service that is gone for longer than --patience ends the run.

            Memory: about 45 bytes for each line of the journal (90 with chosen ids), and half a megabyte for each file under way.

            Exit codes: 0 all is stored; 1 some files were refused or failed, see the report; 2 it could not run to its end; 64 the \
            command line is written wrongly; 130 interrupted.
            """
    )

    @Argument(help: "The directory.", completion: .directory)
    var directory: String

    @OptionGroup var service: ServiceFlags

    @Option(help: "Where ids come from: \(IDRule.allCases.map(\.rawValue).joined(separator: ", ")).")
    var ids = IDRule.content

    @Option(help: "What to do where a chosen id has another original: keep (and refuse the file) or replace.")
    var existing = ImportOptions.Existing.keep

    @Option(help: "Files that are sent at the same time, 1 to 256.")
    var concurrency = 8

    @Flag(help: "Send hidden files and directories too.")
    var hidden = false

    @Flag(help: "Send again what the service has refused before.")
    var retryRefused = false

    @Option(help: "Seconds to wait for a service that is overloaded or gone, 1 to 86400.")
    var patience = 300

    @Option(
        help: "The journal; .anysize-import.journal in the directory, unless you say otherwise.", completion: .file())
    var journal: String?

    @Option(
        help: "Where to write all refusals, as lines of JSON; beside the journal, unless you say otherwise.",
        completion: .file())
    var refusals: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 256.") }
        guard (1...86_400).contains(patience) else { throw ValidationError("--patience is 1 to 86400 seconds.") }
        guard existing == .keep || ids != .content else {
            throw ValidationError("--existing replace needs --ids name or path: what a content id means never changes.")
        }
    }

    func run() async throws {
        let secret = try service.key.secret(for: service.service)
        let journalPath = journal ?? directory + "/.anysize-import.journal"
        let (log, refusalFile): (Journal, RefusalFile)
        do throws(JournalError) {
            log = try Journal(journalPath, .init(service: service.service, ids: ids))
            refusalFile = try RefusalFile(refusals ?? journalPath + ".refused.jsonl")
        } catch {
            Terminal.complain(
                "error: \(error)" + (journal == nil ? "\nhint: --journal names another place for it" : ""))
            throw ExitCode.couldNotRun
        }
        let ledger = ImportLedger()
        let started = ContinuousClock.now
        let stop = await carryOut(secret, log, refusalFile, ledger)
        let report = ImportReport(
            ledger, stop: stop, seconds: (ContinuousClock.now - started) / .seconds(1), journal: journalPath,
            refusalFile: refusalFile.path)
        print(json ? report.json : report.text, terminator: json ? "\n" : "")
        if let stop {
            Terminal.complain("error: \(stop)\nThe same command goes on from here.")
            throw stop == .cancelled ? ExitCode.interrupted : ExitCode.couldNotRun
        }
        if report.isAnythingWrong { throw ExitCode.someRefused }
    }

    /// - Returns: why it ended early; nil where it didn't.
    private func carryOut(
        _ secret: String?, _ journal: Journal, _ refusalFile: RefusalFile, _ ledger: ImportLedger
    ) async -> ImportStop? {
        let options = ImportOptions(
            root: directory, ids: ids, existing: existing, concurrency: concurrency, includesHidden: hidden,
            retriesRefused: retryRefused, patienceSeconds: Double(patience))
        let base = service.service
        return await Interruption.cancelling {
            await ProgressReporter { ledger.counts.progress }.during {
                do throws(ImportStop) {
                    try await ServiceClient.with(base, secret: secret, connectionCount: options.concurrency) {
                        (client) async throws(ImportStop) in
                        try await Importer(
                            options, client: client, journal: journal, refusals: refusalFile, ledger: ledger
                        ).run()
                    }
                    return nil
                } catch { return error }
            }
        }
    }
}

extension IDRule: ExpressibleByArgument {}
extension ImportOptions.Existing: ExpressibleByArgument {}

extension ImportCounts {
    /// How far the import has come.
    var progress: Progress {
        var progress = Progress(unit: "files", done: done, doneBytes: doneBytes)
        if isCounted { (progress.total, progress.totalBytes) = (found, foundBytes) }
        if refused > 0 { progress.notes.append("\(ProgressLine.grouped(refused)) refused") }
        if failed > 0 { progress.notes.append("\(ProgressLine.grouped(failed)) failed") }
        if waiting > 0 { progress.notes.append("\(waiting) waiting for the service") }
        return progress
    }
}
