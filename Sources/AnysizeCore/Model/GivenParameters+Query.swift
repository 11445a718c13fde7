extension GivenParameters {
    /// Reads the part of a URL after `?`.
    init(query: some StringProtocol) throws(RecipeError) {
        guard query.utf8.count <= Recipe.queryByteCountMax else {
            throw RecipeError(nil, "The query is longer than \(Recipe.queryByteCountMax) bytes.")
        }
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0]), name.utf8.count <= 64 else {
                throw RecipeError(nil, "A parameter's name is not valid percent-encoded text of at most 64 bytes.")
            }
            guard !RecipeParameter.ignored.contains(name) else { continue }
            guard let (parameter, isBase64) = Self.parameter(name) else {
                throw RecipeError(name, ForeignWord.advice[name] ?? RecipeParameter.advice(for: name))
            }
            let given = parts.count == 2 ? PercentEncoding.decode(parts[1]) : RecipeParameter.switches[name]
            guard var value = given, !value.isEmpty else {
                let isGiven = parts.count == 2 && !parts[1].isEmpty
                throw RecipeError(
                    name, isGiven ? "\(name) must be text in UTF-8, without NUL." : "\(name) needs a value.")
            }
            if isBase64 {
                guard let bytes = Base64URL.decode(value), !bytes.isEmpty, !bytes.contains(0),
                    let text = String(validating: bytes, as: UTF8.self)
                else { throw .value(name, mustBe: "text in Base64 for URLs") }
                value = text
            }
            try add(parameter, name: name, value: value)
        }
    }

    /// Any parameter may have its value in Base64, as clients of imgix write texts: `txt64`.
    private static func parameter(_ name: String) -> (RecipeParameter, isBase64: Bool)? {
        if let parameter = RecipeParameter(name: name) { return (parameter, false) }
        guard name.hasSuffix("64"), let parameter = RecipeParameter(name: String(name.dropLast(2))) else { return nil }
        return (parameter, true)
    }
}
