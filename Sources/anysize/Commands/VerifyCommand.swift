import AnysizeClient
import AnysizeCore
import AnysizeEngine
import ArgumentParser
import Logging

/// `anysize verify`: is what is stored still what was taken in?
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Re-read every original against its digest, beside a running service or without one.",
        discussion: """
            Examples:

              anysize verify
              anysize verify --data-directory /srv/anysize --bytes-per-second 200MB --json
              anysize verify --recipes 'w=320' 'w=640&format=webp' --sample 50 --url http://127.0.0.1:8080

            It takes the settings that serve takes, and looks at the same store. It only reads, takes no lock, and may run beside the \
            service at any time; what is replaced or deleted meanwhile is no finding. Bytes come from the disk itself where the system \
            allows it, not from memory; of an object store all are fetched. Run it as the user that runs the service.

            What isn't sound is printed at once, with its id: 'damaged' (another length or digest, or a record that can't be read), \
            'missing' (a record whose bytes are gone), 'unreadable' (the disk or its permissions). An upload of the same bytes mends \
            the first two. Bytes without a record are what a crash leaves; the next start of the service removes them.

            Variants: what is kept in the tiers is named by a digest of its recipe and checked when it is read, so neither can be \
            told from it which recipe it was. Instead, --recipes renders a sample of the originals here, through the service's own \
            pipeline in helpers of this process, and compares each result, byte for byte, with what the service at --url answers; \
            or, without --url, with a second render from the beginning. That needs the same version and the same settings of \
            upload.*, pyramid.* and cache.* here and there. format=auto is not possible: it depends on who asks.

            Ctrl-C ends it; the last line says with which --from the next run goes on.

            Exit codes: 0 all is sound; 1 some originals are not, or variants differ; 2 it could not run to its end; 64 the command \
            line is written wrongly; 78 a setting is at fault; 130 interrupted.
            """
    )

    @Option(help: "Bytes to read in a second, at most: 50MB, 1GiB; 0 for as many as there are.")
    var bytesPerSecond = "100MB"

    @Option(
        help:
            "Begin with this part of the store, as an interrupted run names it: 3f/a2, or a letter for an object store."
    )
    var from: String?

    @Option(
        parsing: .upToNextOption, help: "Compare variants by these recipes as well: 'w=320' 'w=640&format=webp'.")
    var recipes: [String] = []

    @Option(help: "Originals whose variants are compared, chosen at random.")
    var sample = 20

    @Option(help: "Compare with what this service answers: http://127.0.0.1:8080.")
    var url: String?

    @Flag(help: "Print JSON: a line for each finding, and one with the counts at the end.")
    var json = false

    @OptionGroup var flags: SettingFlags

    func validate() throws {
        guard ByteCount.parse(bytesPerSecond) != nil else {
            throw ValidationError("--bytes-per-second is a number of bytes: 50MB, 1GiB, or 0.")
        }
        guard (1...1_000_000).contains(sample) else { throw ValidationError("--sample is 1 to 1000000.") }
        guard url == nil || !recipes.isEmpty else { throw ValidationError("--url needs --recipes.") }
        guard url.map({ ServiceURL($0) != nil }) ?? true else { throw ValidationError(ServiceFlags.urlRule) }
        for recipe in recipes {
            do throws(RecipeError) {
                guard try Recipe(query: recipe, presets: .unknown).format != .auto else {
                    throw RecipeError("format", "format=auto depends on who asks.")
                }
            } catch { throw ValidationError("The recipe '\(recipe)' can't be compared: \(error.detail)") }
        }
    }

    func run() async throws {
        let settings = try await flags.load()
        let inspector = try inspector(settings)
        let run = VerifyRun(
            inspector: inspector, settings: settings, bytesPerSecond: ByteCount.parse(bytesPerSecond) ?? 0, from: from,
            comparison: recipes.isEmpty
                ? nil : .init(recipes: recipes, sampleCount: sample, service: url.flatMap { ServiceURL($0) }),
            json: json)
        let end = await Interruption.cancelling { await run.carryOut() }
        run.summarise(end)
        switch end {
        case .failed: throw ExitCode.couldNotRun
        case .interrupted: throw ExitCode.interrupted
        case .done: if run.isAnythingWrong { throw ExitCode.someRefused }
        }
    }
    private func inspector(_ settings: Settings) throws -> any OriginalInspector {
        do {
            guard case .objectStore(let address) = settings.store.location else {
                return try DiskOriginalInspector(path: settings.storeDirectory, threads: FileThreads())
            }
            let logger = Logger(label: "anysize") { StreamLogHandler.standardError(label: $0) }
            return S3OriginalInspector(
                try ChosenStore.objectStore(address, settings, staging: nil, threads: FileThreads(), logger: logger))
        } catch {
            Terminal.complain("error: \(error)")
            throw ExitCode.couldNotRun
        }
    }
}
