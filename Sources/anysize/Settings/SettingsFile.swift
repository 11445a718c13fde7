import Configuration
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The settings file: YAML with the keys nested (`http:` above `port: 8080`) or written out (`http.port: 8080`).
struct SettingsFile: Sendable {
    /// Why it can't be read, and keys that don't exist or stand there twice.
    let faults: [SettingFault]

    /// What the file says; nil if it says nothing.
    let source: SettingSource?

    /// Which file to read.
    struct Choice: Sendable {
        let path: String
        /// Who named it.
        let origin: Origin

        /// Nil if nobody names one: none is looked for.
        init?(flags: CommandLineFlags, variables: EnvironmentVariables) {
            if let path = flags.configPath {
                self.init(path: path, origin: .flag(CommandLineFlags.configFlag))
            } else if let path = variables.configPath {
                self.init(path: path, origin: .environment(EnvironmentVariables.configVariable))
            } else {
                return nil
            }
        }

        private init(path: String, origin: Origin) {
            self.path = path
            self.origin = origin
        }
    }

    /// Reads the file; what goes wrong is among the faults.
    init(_ choice: Choice) {
        let path = choice.path
        func broken(_ reason: String) -> [SettingFault] {
            [SettingFault(file: "settings file", origin: choice.origin, value: path, reason: reason)]
        }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            source = nil
            let isThere = FileManager.default.fileExists(atPath: path)
            faults = broken(isThere ? "can't be read" : "there is no such file")
            return
        }
        // A file in which everything is commented out is fine, but has no mapping that the snapshot could read.
        guard Self.hasContent(data) else {
            (source, faults) = (nil, [])
            return
        }
        do {
            let names = KeyNames()
            let snapshot = try YAMLSnapshot(
                data: Array(data).span.bytes, providerName: path,
                parsingOptions: .init(secretsSpecifier: .dynamic { name, _ in names.note(name) })
            )
            source = Self.source(snapshot, names.all, path: path)
            faults = Self.nameFaults(names.all, snapshot, path: path)
        } catch {
            source = nil
            faults = broken("isn't YAML with keys and values: \(Self.oneLine(error))")
        }
    }

    private static func source(_ snapshot: YAMLSnapshot, _ names: [String], path: String) -> SettingSource {
        SettingSource(origin: { _ in .file(path) }) { definition in
            if definition.isMap, let entries = entries(below: definition.key, snapshot, names) { return .text(entries) }
            if let text = snapshot.text(definition.key) { return isNull(text) ? .absent : .text(text) }
            guard let items = snapshot.texts(definition.key) else { return .absent }
            return definition.isList
                ? .text(items.joined(separator: ","))
                : .unreadable(reason: "must be one value (\(definition.range)), not a list")
        }
    }

    /// What a map or list says, as its key would be told in one text: `name:value`, between blanks.
    /// - Returns: nil where there is neither.
    private static func entries(below key: String, _ snapshot: YAMLSnapshot, _ names: [String]) -> String? {
        let listed = snapshot.texts(key) ?? []
        let mapped = Set(names).filter { isEntry($0, of: key) }.sorted().map { name in
            "\(name.dropFirst(key.count + 1)):\(snapshot.text(name) ?? "")"
        }
        guard !listed.isEmpty || !mapped.isEmpty else { return nil }
        return (listed + mapped).map { $0.replacing(" ", with: "%20") }.joined(separator: " ")
    }

    private static func isEntry(_ name: String, of key: String) -> Bool {
        name.hasPrefix(key + ".") && !SettingDefinition.all.contains { $0.key == name }
    }

    /// - Parameter names: every key in the file, as often as it is there.
    private static func nameFaults(_ names: [String], _ snapshot: YAMLSnapshot, path: String) -> [SettingFault] {
        let known = SettingDefinition.all.map(\.key)
        var seen: Set<String> = []
        return names.sorted().compactMap { name in
            let isRepeated = !seen.insert(name).inserted
            if known.contains(name) || SettingDefinition.all.contains(where: { $0.isMap && isEntry(name, of: $0.key) })
            {
                guard isRepeated else { return nil }
                return SettingFault(file: name, key: name, origin: .file(path), reason: "given more than once")
            }
            // `http:` with everything below it commented out.
            let isGroup = known.contains { $0.hasPrefix(name + ".") }
            guard !isGroup || snapshot.text(name).map(isNull) != true else { return nil }
            let reason = Suggestion.unknown(name, among: known)
            return SettingFault(file: "key \(name)", origin: .file(path), reason: reason)
        }
    }

    /// Whether YAML reads `text` as null, which says as little as an empty variable does.
    private static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    private static func hasContent(_ data: Data) -> Bool {
        String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let content = line.drop(while: \.isWhitespace)
            return !content.isEmpty && !content.hasPrefix("#") && content != "---"
        }
    }

    /// The first line says what and where; further ones show the place in the file, which may hold a digest.
    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}

/// Collects the names of the keys in a file.
///
/// A snapshot can't be asked for them, but it asks for each key, once for each time it is there, whether it is secret.
private final class KeyNames: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    /// - Returns: that it isn't secret, since nobody prints the snapshot.
    func note(_ name: String) -> Bool {
        names.withLock { $0.append(name) }
        return false
    }
}
