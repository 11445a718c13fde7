import AnysizeCore

/// A preset as the setting `presets` spells it: `name:recipe`.
struct NamedRecipe: Sendable, Equatable, CustomStringConvertible {
    let name: String
    /// As in a URL.
    let query: String

    var description: String { "\(name):\(query)" }

    /// Reads entries between blanks, maybe none; all that is wrong with them.
    static func list(_ text: String) throws(Disallowed) -> [NamedRecipe] {
        var recipes: [NamedRecipe] = []
        var reasons: [String] = []
        for (index, entry) in text.split(whereSeparator: \.isWhitespace).enumerated() {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, isName(parts[0]) else {
                reasons.append(
                    "entry \(index + 1) must be name:recipe, with a name of 1 to 64 letters, digits, '_' and '-' that isn't locked"
                )
                continue
            }
            let recipe = NamedRecipe(name: String(parts[0]), query: String(parts[1]))
            if recipes.contains(where: { $0.name == recipe.name }) {
                reasons.append("preset \(recipe.name) is there more than once")
            } else if recipe.query.isEmpty {
                reasons.append("preset \(recipe.name) needs a recipe, such as w=320&format=auto")
            } else if let fault = Presets.fault(of: recipe.query) {
                reasons.append("preset \(recipe.name): \(fault.detail)")
            }
            recipes.append(recipe)
        }
        guard reasons.isEmpty else { throw Disallowed(reasons: reasons) }
        return recipes
    }

    /// `presets.locked` is a setting.
    private static func isName(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count) && text != "locked"
            && text.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
    }
}
