extension Settings {
    /// Reads every setting: from flags, else the environment, else the settings file, else its default.
    ///
    /// Nothing is looked at but what is passed, the settings file, the number of cores, and whether standard error is a
    /// terminal.
    ///
    /// - Parameters:
    ///   - arguments: of the command, without its name and without what the command took for itself.
    ///   - environment: of the process.
    /// - Throws: every fault there is, at once.
    static func load(
        arguments: [String], environment: [String: String]
    ) async throws(SettingsError) -> Settings {
        let flags = CommandLineFlags(arguments)
        let variables = EnvironmentVariables(environment)
        let file = SettingsFile.Choice(flags: flags, variables: variables).map { SettingsFile($0) }

        var settings = Settings()
        settings.warnings = variables.warnings
        var faults = flags.faults + (file?.faults ?? [])

        let sources = [flags.source, variables.source, file?.source].compactMap { $0 }
        for definition in SettingDefinition.all {
            faults += settings.take(definition, from: sources)
        }
        // A rule about keys that are themselves at fault would only blame the default that stands in for them.
        let blamed = Set(faults.compactMap(\.key))
        faults += settings.brokenRules(except: blamed)

        guard faults.isEmpty else { throw SettingsError(faults: faults, warnings: settings.warnings) }
        return settings
    }

    /// Takes one key from the first source that has it; the faults of its value.
    private mutating func take(_ definition: SettingDefinition, from sources: [SettingSource]) -> [SettingFault] {
        for source in sources {
            let origin = source.origin(definition)
            switch source.look(definition) {
            case .absent:
                continue
            case .unreadable(let reason):
                return [SettingFault(definition, origin, value: nil, reason: reason)]
            case .text(let text):
                origins[definition.key] = origin
                do throws(Disallowed) {
                    try definition.set(text, &self)
                    return []
                } catch {
                    return error.reasons.map { SettingFault(definition, origin, value: text, reason: $0) }
                }
            }
        }
        origins[definition.key] = .default
        return []
    }
}
