extension SettingDefinition {
    /// The README's table of settings, ending in a line feed.
    static var markdown: String {
        let head = ["key", "environment variable", "type", "default", "range", "meaning"]
        let rows = all.map { definition in
            [
                "`\(definition.key)`", "`\(definition.environmentVariable)`", definition.type, definition.defaultText,
                definition.range, definition.meaning,
            ]
        }
        let lines = [head, head.map { _ in "---" }] + rows
        return lines.map { "| \($0.map(cell).joined(separator: " | ")) |\n" }.joined()
    }

    /// A bar would end the cell.
    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
