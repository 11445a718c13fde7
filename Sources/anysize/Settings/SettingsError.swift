/// Why there are no settings: every fault, so that one start shows all there is to mend.
struct SettingsError: Error, CustomStringConvertible {
    /// Never empty.
    let faults: [SettingFault]
    /// What may explain a fault, such as a variable whose name is almost right.
    let warnings: [String]

    /// The faults, a line each.
    var description: String { faults.map(\.description).joined(separator: "\n") }

    /// Whether the command line was written wrongly, and nothing else is at fault.
    var isUsage: Bool { faults.allSatisfy(\.isUsage) }
}

/// One thing that is wrong with the settings.
struct SettingFault: Sendable, Equatable, CustomStringConvertible {
    /// What is at fault: a key, a flag, a file.
    let subject: String
    /// The key at fault; nil where the fault isn't about a known one.
    let key: String?
    /// Who says so; nil where the subject is that already.
    let origin: Origin?
    /// What they say; nil where it is secret or can't be told.
    let value: String?
    /// What is allowed, or what to do.
    let reason: String
    /// Whether it is about how the command line is written.
    let isUsage: Bool

    /// One line: `http.port from flag --http-port is "x": must be a whole number from 0 to 65535`.
    var description: String {
        var line = subject
        if let origin { line += " from \(origin)" }
        if let value { line += " is \(quoted(value))" }
        line += ": \(reason)"
        // A stray argument or a key in a file may hold anything.
        return String(line.map { $0.isNewline ? " " : $0 })
    }

    /// Escaped, so that it can be seen where the value ends, and cut where it would fill the screen.
    private func quoted(_ value: String) -> String {
        value.count <= 120 ? String(reflecting: value) : String(reflecting: String(value.prefix(120))) + "…"
    }
}

extension SettingFault {
    /// About the value of a key; a secret one isn't repeated.
    init(_ definition: SettingDefinition, _ origin: Origin, value: String?, reason: String) {
        var reason = reason
        if case .environment = origin, let value, value.hasPrefix("tcp://") {
            // Kubernetes sets NAME_PORT for each Service of the namespace: one called `anysize-http` sets this very name.
            reason += " (Kubernetes sets such variables for a Service; enableServiceLinks: false stops it)"
        }
        self.init(
            subject: definition.key, key: definition.key, origin: origin,
            value: definition.mayShow(value) ? value : nil, reason: reason, isUsage: false
        )
    }

    /// About how the command line is written.
    init(usage subject: String, key: String? = nil, reason: String) {
        self.init(subject: subject, key: key, origin: nil, value: nil, reason: reason, isUsage: true)
    }

    /// About the settings file or a key in it that doesn't exist.
    init(file subject: String, key: String? = nil, origin: Origin? = nil, value: String? = nil, reason: String) {
        self.init(subject: subject, key: key, origin: origin, value: value, reason: reason, isUsage: false)
    }
}

/// Who set a value.
enum Origin: Sendable, Equatable, CustomStringConvertible {
    /// With its dashes.
    case flag(String)
    case environment(String)
    /// The settings file's path.
    case file(String)
    case `default`

    var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        case .default: "default"
        }
    }
}
