import Foundation

/// Rows under one another, as Markdown that reads well as text.
struct Table {
    private var rows: [[String]]

    init(_ head: [String]) { rows = [head] }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            "| "
                + zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(
                    separator: " | ") + " |"
        }
        lines.insert(
            "| " + widths.map { String(repeating: "-", count: max(3, $0)) }.joined(separator: " | ") + " |", at: 1)
        return lines.joined(separator: "\n")
    }
}
