/// The URL grammar: strict, so that one picture has few names and a typing error is told instead of served.
extension Recipe {
    /// The longest query that is looked at, in bytes. The longest sensible recipe has about 300.
    package static let queryByteCountMax = 2048

    /// Reads the part of a URL after `?`. An empty one is the recipe that asks for nothing.
    /// - Throws: ``RecipeError`` for an unknown, repeated or malformed parameter, or two that contradict each other.
    package init(query: some StringProtocol) throws(RecipeError) {
        guard query.utf8.count <= Self.queryByteCountMax else {
            throw RecipeError(nil, "The query is longer than \(Self.queryByteCountMax) bytes.")
        }
        var given = GivenParameters()
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0]), name.utf8.count <= 64 else {
                throw RecipeError(nil, "A parameter's name is not valid percent-encoded text of at most 64 bytes.")
            }
            guard !RecipeParameter.ignored.contains(name) else { continue }
            guard let parameter = RecipeParameter(name: name) else {
                throw RecipeError(
                    name, ForeignWord.advice[name] ?? "There is no such parameter. \(Self.nearest(to: name))")
            }
            let text = parts.count == 2 ? PercentEncoding.decode(parts[1]) : RecipeParameter.switches[name]
            guard let value = text, !value.isEmpty else {
                throw RecipeError(name, "\(name) needs a value.")
            }
            try given.add(parameter, name: name, value: value)
        }
        self = try given.recipe()
    }

    /// The known name that was perhaps meant, or the list of all.
    private static func nearest(to name: String) -> String {
        let known = RecipeParameter.allCases.map(\.rawValue) + RecipeParameter.aliases.keys.sorted()
        let lower = name.lowercased()
        if known.contains(lower) { return "Parameter names are lower case: \(lower)." }
        return "Known are \(RecipeParameter.allCases.map(\.rawValue).joined(separator: ", "))."
    }
}
