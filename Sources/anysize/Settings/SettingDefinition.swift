/// One key: how it is called everywhere, what it may hold, and which field it fills.
struct SettingDefinition: Sendable {
    /// As in the settings file, `http.port`.
    let key: String
    /// What kind of value, with its unit.
    let type: String
    /// What is allowed, as it stands in the README: `0 to 65535`.
    let range: String
    /// The default as it stands in the README; words where it depends on the machine.
    let defaultText: String
    /// One sentence.
    let meaning: String
    /// Whether values are kept out of messages, logs and tables.
    var isSecret = false
    /// Whether the settings file may give a list.
    var isList = false
    /// Whether it may give names and values below the key, or a list of `name:value`; for a value of its own, too.
    var isMap = false
    /// Reads a value into its field; throws what is allowed.
    let set: @Sendable (_ text: String, _ settings: inout Settings) throws(Disallowed) -> Void
    /// The field's value, its secret parts hidden if `masked`.
    let value: @Sendable (_ settings: Settings, _ masked: Bool) -> SettingValue

    /// Whether a value, though it is none that is allowed, may stand in a message: what comes before an `@` in a URL is a secret.
    func mayShow(_ value: String?) -> Bool { !isSecret && !(type == "URL" && value?.contains("@") == true) }

    /// As on the command line, `--http-port`.
    var flag: String { "--" + key.replacing(".", with: "-") }

    /// As in the environment, `ANYSIZE_HTTP_PORT`.
    var environmentVariable: String { EnvironmentVariables.prefix + key.replacing(".", with: "_").uppercased() }
}

/// A value that a key may not have.
struct Disallowed: Error {
    /// A sentence part for each fault of the value, saying what is allowed; never empty.
    let reasons: [String]

    init(reasons: [String]) { self.reasons = reasons }
    init(_ reason: String) { self.init(reasons: [reason]) }
}

/// A value as it is printed.
enum SettingValue: Sendable, Equatable, Encodable, CustomStringConvertible {
    case text(String)
    case integer(Int)
    case bytes(Int)
    case seconds(Double)
    case list([String])

    /// As it could be written in the settings; an empty one is `(none)`.
    var description: String {
        switch self {
        case .text(let text): text
        case .integer(let number): WholeNumber.spell(number)
        case .bytes(let count): ByteCount.spell(count)
        case .seconds(let seconds): DecimalSeconds.spell(seconds)
        case .list(let items): items.isEmpty ? "(none)" : items.joined(separator: " ")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .integer(let number), .bytes(let number): try container.encode(number)
        case .seconds(let seconds): try container.encode(seconds)
        case .list(let items): try container.encode(items)
        }
    }
}
