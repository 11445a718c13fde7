/// What to say about a name that doesn't exist.
enum Suggestion {
    /// Names the nearest of `known`, or where to find them all if none is near.
    static func unknown(_ name: String, among known: [String]) -> String {
        let nearest = known.map { (name: $0, distance: distance(name, $0)) }.min { $0.distance < $1.distance }
        // Half the letters: beyond that, a guess confuses more than it helps.
        guard let nearest, nearest.distance <= name.count / 2 else {
            return "no such setting; anysize config --markdown lists all"
        }
        return "no such setting; the nearest is \(nearest.name)"
    }

    /// Letters to insert, delete or replace to make one text the other (Levenshtein's distance).
    static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var previous = Array(0...other.count)
        for (row, letter) in one.enumerated() {
            var current = [row + 1]
            for (column, target) in other.enumerated() {
                let replaced = previous[column] + (letter == target ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[other.count]
    }
}
