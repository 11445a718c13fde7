import Foundation

/// The table that says what a service must answer to each file of the shared test data.
struct CorpusIndex: Sendable {
    /// By the last two parts of a file's path.
    private let expectations: [String: ExpectedStatuses]

    /// - Parameter section: the heading in `INDEX.md`, which is the folder's name.
    init(of section: String, in text: String) {
        var expectations: [String: ExpectedStatuses] = [:]
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { isInside = line == "## \(section)" }
            // A row begins and ends with a bar; the first cell is the file, the eighth what is expected of it.
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard isInside, cells.count == 12, let expected = ExpectedStatuses(of: cells[8]) else { continue }
            expectations[cells[1]] = expected
        }
        self.expectations = expectations
    }

    /// Nil where the table doesn't say.
    func expectation(of name: String) -> ExpectedStatuses? { expectations[name] }

    var count: Int { expectations.count }
}

/// The statuses that a row of the table allows.
struct ExpectedStatuses: Hashable, Sendable, CustomStringConvertible {
    let statuses: Set<Int>
    /// As the row puts it.
    let description: String

    /// Nil where the text names none.
    init?(of text: String) {
        description = text
        var found: Set<Int> = []
        // Numbers of pixels, milliseconds and megabytes look alike; a status stands free, and no unit follows.
        let pattern = /(?:^|[^\w<=>\-])(200|400|413|415|422|4xx)(?![\w\-]| ?ms\b| ?M?i?B\b)/
        for match in Self.rule(in: text).matches(of: pattern) {
            found.formUnion(match.1 == "4xx" ? [400, 413, 415, 422] : [Int(match.1) ?? 0])
        }
        // Too large and undecodable are two words for one refusal where the table is concerned.
        if !found.isDisjoint(with: [413, 422]) { found.formUnion([413, 422]) }
        if found.contains(200) { found.insert(201) }
        guard !found.isEmpty else { return nil }
        statuses = found
    }

    /// The text without the remark on the file itself, which follows a dash, unless that goes on with the rule.
    private static func rule(in text: String) -> String {
        let parts = text.split(separator: " — ", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset == 0 || $0.element.hasPrefix("or ") }.map { String($0.element) }
            .joined(separator: " ")
    }
}
