#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Settings {
    /// Where the value of `key` came from; the default if nothing was read.
    func origin(of key: String) -> Origin { origins[key] ?? .default }

    /// Every key with the value in force and where it came from, in the order of the README.
    ///
    /// - Parameter masked: hides what is secret.
    func table(masked: Bool) -> [(key: String, value: String, origin: Origin)] {
        SettingDefinition.all.map { definition in
            (definition.key, definition.value(self, masked).description, origin(of: definition.key))
        }
    }

    /// The masked table in aligned columns, a line a key.
    var text: String {
        let rows = table(masked: true)
        let keyWidth = rows.map(\.key.count).max() ?? 0
        // One long value, such as a list of keys, must not push the origins of all others off the screen.
        let valueWidth = rows.map(\.value.count).filter { $0 <= 32 }.max() ?? 0
        return rows.map { row in
            "\(padded(row.key, to: keyWidth))  \(padded(row.value, to: valueWidth))  \(row.origin)"
        }.joined(separator: "\n")
    }

    /// The masked table as one JSON object: a member for each key, with its value and its origin.
    ///
    /// Numbers are numbers, byte counts in bytes, times in seconds.
    var json: String {
        let entries = SettingDefinition.all.map { definition in
            (definition.key, Entry(value: definition.value(self, true), origin: "\(origin(of: definition.key))"))
        }
        return JSONText.of(Dictionary(uniqueKeysWithValues: entries))
    }

    private struct Entry: Encodable {
        let value: SettingValue
        let origin: String
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// What commands print for `--json`.
enum JSONText {
    /// The text of `value`, which has nothing that JSON can't say, with its members in alphabetical order.
    static func of(_ value: some Encodable) -> String { text(of: value, .prettyPrinted) }

    /// The same in one line, for what is printed bit by bit.
    static func line(_ value: some Encodable) -> String { text(of: value, []) }

    private static func text(of value: some Encodable, _ form: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = form.union([.sortedKeys, .withoutEscapingSlashes])
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("\(type(of: value)) holds something that JSON can't say")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
