/// The few colours that a picture is made of, and how much of it each takes; largest first.
package struct Palette: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// `#rrggbb`, lower case.
        package let color: String
        /// Of the pixels that aren't transparent, in thousandths; 1 to 1000.
        package let thousandths: Int
    }

    package let entries: [Entry]

    package static let countMax = 6
}

/// In a record it is one text, `8a3f10:412,ffffff:588`: there is little room where records are metadata of objects.
extension Palette: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let entries = text.split(separator: ",").compactMap(Self.entry)
        guard entries.count == text.split(separator: ",", omittingEmptySubsequences: false).count,
            entries.count <= Self.countMax
        else { throw DecodingError.dataCorruptedError(in: container, debugDescription: "no palette") }
        self.entries = entries
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entries.map { "\($0.color.dropFirst()):\($0.thousandths)" }.joined(separator: ","))
    }

    private static func entry(_ text: Substring) -> Entry? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, parts[0].utf8.count == 6, Hex.decode(String(parts[0])) != nil,
            let thousandths = Int(parts[1]), (1...1000).contains(thousandths)
        else { return nil }
        return Entry(color: "#\(parts[0].lowercased())", thousandths: thousandths)
    }
}
