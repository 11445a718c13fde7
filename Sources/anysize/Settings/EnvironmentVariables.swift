import Configuration

/// The settings in the environment: `ANYSIZE_HTTP_PORT=8080`. A variable without content is as good as none.
struct EnvironmentVariables: Sendable {
    /// What every variable of ours begins with.
    static let prefix = "ANYSIZE_"
    /// Names the settings file, and is no setting itself.
    static let configVariable = "ANYSIZE_CONFIG"
    /// Holds the secret of an API key for commands that talk to a service, and is no setting either.
    static let secretVariable = "ANYSIZE_KEY"

    /// Those that begin with our prefix and have content.
    private let variables: [String: String]

    /// - Parameter environment: of the process.
    init(_ environment: [String: String]) {
        variables = environment.filter { $0.key.hasPrefix(Self.prefix) && !$0.value.isEmpty }
    }

    /// The path of the settings file.
    var configPath: String? { variables[Self.configVariable] }

    /// The variables that no key explains.
    ///
    /// Warnings and not faults, because not everybody who sets such variables means us: Kubernetes sets
    /// `ANYSIZE_SERVICE_HOST` and more wherever there is a Service called `anysize`.
    var warnings: [String] {
        let known = SettingDefinition.all.map(\.environmentVariable) + [Self.configVariable, Self.secretVariable]
        return variables.keys.filter { !known.contains($0) }.sorted().map { name in
            "environment variable \(name): \(Suggestion.unknown(name, among: known))"
        }
    }

    /// What the environment says.
    var source: SettingSource {
        let snapshot = EnvironmentVariablesProvider(environmentVariables: variables)
            .prefixKeys(with: ConfigKey([Self.prefix.dropLast().lowercased()]))
            .snapshot()
        return SettingSource(
            origin: { .environment($0.environmentVariable) },
            look: { snapshot.text($0.key).map { .text($0) } ?? .absent }
        )
    }
}
