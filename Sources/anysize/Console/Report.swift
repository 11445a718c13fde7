/// The end of a command that did many things: how many of which, and what went wrong.
enum Report {
    /// Numbers and what they are of, right-aligned; those that are zero are left out.
    static func counts(_ rows: [(Int, String)]) -> String {
        let shown = rows.filter { $0.0 != 0 }.map { (ProgressLine.grouped($0.0), $0.1) }
        let width = shown.map(\.0.count).max() ?? 0
        return shown.map { "  \(String(repeating: " ", count: width - $0.0.count))\($0.0)  \($0.1)\n" }.joined()
    }

    /// Rows of text in columns, as wide as the widest cell but for the last one.
    static func table(_ rows: [[String]]) -> String {
        let columnCount = rows.map(\.count).max() ?? 0
        let widths = (0..<columnCount).map { column in
            rows.compactMap { column < $0.count ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return "  " + cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
