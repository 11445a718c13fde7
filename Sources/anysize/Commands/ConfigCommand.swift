import ArgumentParser

/// `anysize config`: which settings are in force, and why.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the settings in force with where each comes from.",
        discussion: """
            Digests of keys are masked. Faults go to standard error, all of them at once.

            Exit codes: 0 all is well; 64 the command line is written wrongly; 78 a setting is at fault.
            """
    )

    @Flag(help: "Print JSON: for each key its value (bytes and seconds as numbers) and its origin.")
    var json = false

    @Flag(help: "Print every key with its variable, type, default, range and meaning, as the README does.")
    var markdown = false

    @OptionGroup var flags: SettingFlags

    func validate() throws {
        if json && markdown { throw ValidationError("--json and --markdown exclude each other.") }
    }

    func run() async throws {
        guard !markdown else {
            print(SettingDefinition.markdown, terminator: "")
            return
        }
        let settings = try await flags.load()
        print(json ? settings.json : settings.text)
    }
}
