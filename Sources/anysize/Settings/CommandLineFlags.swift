import Configuration

/// The settings on the command line: `--http-port 8080` or `--http-port=8080`.
struct CommandLineFlags: Sendable {
    /// Each flag with its value, in the form that leaves the provider nothing to guess: `--http-port=8080`.
    private var checked: [String] = []

    /// The path after `--config`.
    private(set) var configPath: String?

    /// Unknown flags, missing values, and whatever else isn't a setting.
    private(set) var faults: [SettingFault] = []

    /// Names the settings file, and is no setting itself.
    static let configFlag = "--config"

    /// - Parameter arguments: without the command's name.
    init(_ arguments: [String]) {
        var rest = arguments[...]
        var seen: Set<String> = []
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument.count > 1 else {
                faults.append(
                    SettingFault(usage: "argument \(argument)", reason: "unexpected; a setting is written --key value")
                )
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var value = parts.count == 2 ? parts[1] : nil
            // A value that begins with two dashes needs the `=`; without it, a forgotten value would swallow a flag.
            if value == nil, let next = rest.first, !next.hasPrefix("--") { value = rest.popFirst() }
            take(parts[0], value, isRepeated: !seen.insert(parts[0]).inserted)
        }
    }

    /// What the flags say.
    var source: SettingSource {
        let snapshot = CommandLineArgumentsProvider(arguments: ["anysize"] + checked).snapshot()
        return SettingSource(
            origin: { .flag($0.flag) },
            // The provider splits values at commas; put together again they are what was written.
            look: { snapshot.texts($0.key).map { .text($0.joined(separator: ",")) } ?? .absent }
        )
    }

    private mutating func take(_ flag: String, _ value: String?, isRepeated: Bool) {
        let definition = SettingDefinition.all.first { $0.flag == flag }
        guard definition != nil || flag == Self.configFlag else {
            let flags = SettingDefinition.all.map(\.flag) + [Self.configFlag]
            faults.append(SettingFault(usage: "flag \(flag)", reason: Suggestion.unknown(flag, among: flags)))
            return
        }
        guard let value else {
            faults.append(SettingFault(usage: "flag \(flag)", key: definition?.key, reason: "needs a value"))
            return
        }
        // A list may be given in several parts. Of anything else, one of the two must be a mistake.
        guard !isRepeated || definition?.isList == true else {
            faults.append(SettingFault(usage: "flag \(flag)", key: definition?.key, reason: "given more than once"))
            return
        }
        if flag == Self.configFlag { configPath = value } else { checked.append("\(flag)=\(value)") }
    }
}
