/// What to say to a name that isn't one.
extension RecipeParameter {
    /// Names that URLs have beside their recipe: a signature, and the time when it ends.
    private static let beside = ["sig", "exp"]

    /// One or two sentences: the known name that was perhaps meant, or all of them.
    static func advice(for name: String) -> String {
        let names = allCases.map(\.rawValue) + beside
        let known = names + aliases.keys.sorted()
        let spelt = spelling(of: name)
        if known.contains(spelt) { return "Parameter names are lower case, with hyphens: \(spelt)." }
        // Of short names nearly every other one is near.
        let near =
            spelt.utf8.count < 4 ? nil : known.first { $0.utf8.count >= 4 && isNear(Array($0.utf8), Array(spelt.utf8)) }
        if let near { return "There is no such parameter. Perhaps \(near) is meant." }
        return "There is no such parameter. Known are \(names.joined(separator: ", "))."
    }

    /// `max_bytes` and `maxBytes` as `max-bytes`.
    private static func spelling(of name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase, let last = text.last, last.isLowercase { text.append("-") }
            text += character == "_" ? "-" : character.lowercased()
        }
        return text
    }

    /// Whether one letter more, less, other, or in its neighbour's place makes one name of the other.
    private static func isNear(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        let start = zip(first, second).prefix { $0 == $1 }.count
        let (one, two) = (first.dropFirst(start), second.dropFirst(start))
        if one.dropFirst().elementsEqual(two.dropFirst()) { return true }
        if one.dropFirst().elementsEqual(two) || one.elementsEqual(two.dropFirst()) { return true }
        return one.prefix(2).reversed().elementsEqual(two.prefix(2)) && one.dropFirst(2).elementsEqual(two.dropFirst(2))
    }
}
