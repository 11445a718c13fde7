/// `format`, and what one grammar says by `auto` beside it.
extension GivenParameters {
    /// Takes `auto=format`, which may come together with a format for clients that show none of the newer ones.
    /// - Returns: whether there is nothing left to add.
    mutating func addAuto(_ name: String, _ value: String) throws(RecipeError) -> Bool {
        guard name == "auto" || name == "auto64" else {
            guard let known = values[.format], known.value == "auto", known.name != name else { return false }
            if value != "auto" { values[.format] = (name, "auto,\(value)") }
            return true
        }
        let words = Set(value.split(separator: ",").map(String.init))
        guard !words.isEmpty, words.isSubset(of: ["format", "compress"]) else {
            throw .value(name, mustBe: "format, compress or format,compress")
        }
        // Results are as small as their quality allows in any case.
        guard words.contains("format") else { return true }
        switch values[.format] {
        case nil: values[.format] = (name, "auto")
        case let known? where known.value == "auto" || known.value.hasPrefix("auto,"): break
        case let known?: values[.format] = (known.name, "auto,\(known.value)")
        }
        return true
    }

    /// - Returns: the choice, and with `auto` what clients get that show none of the newer formats, where that was said.
    func format(_ name: String, _ value: String) throws(RecipeError) -> (FormatChoice, plain: ImageFormat?) {
        if value == "auto" { return (.auto, nil) }
        if value.hasPrefix("auto,") { return (.auto, try format(name, value.dropFirst(5))) }
        return (value.contains(",") ? try several(name, value) : .exactly(try format(name, value[...])), nil)
    }

    private func format(_ name: String, _ value: Substring) throws(RecipeError) -> ImageFormat {
        // A JPEG is progressive where that is smaller, whatever it is called.
        if value == "jpg" || value == "pjpg" { return .jpeg }
        if let advice = ForeignWord.format[String(value)] { throw RecipeError(name, advice) }
        guard let format = ImageFormat(rawValue: String(value)), format.isOutput else {
            throw .value(name, mustBe: "auto, jpeg, png, webp, avif or gif")
        }
        return format
    }

    /// Two or three formats, of which the result has the smallest.
    private func several(_ name: String, _ value: String) throws(RecipeError) -> FormatChoice {
        let words = value.split(separator: ",", omittingEmptySubsequences: false)
        let formats = words.map { try? format(name, $0) }
        guard let first = formats.first ?? nil, [.jpeg, .webp, .avif].contains(first) else {
            throw Self.noFormats(name)
        }
        var rest = formats.dropFirst()
        let lossless = rest.first.flatMap { $0 == .png || $0 == .webp ? $0 : nil }
        if lossless != nil { rest.removeFirst() }
        let plains: [ImageFormat] = lossless != nil ? [.jpeg, .png] : first == .webp ? [.jpeg, .gif] : [.jpeg]
        let plain = rest.popFirst().map { format in plains.first { $0 == format && $0 != first && $0 != lossless } }
        // A word too many, or one that can't be there.
        guard rest.isEmpty, plain != .some(nil) else { throw Self.noFormats(name) }
        return .smaller(first, lossless: lossless, plain: plain ?? nil)
    }

    private static func noFormats(_ name: String) -> RecipeError {
        .value(
            name,
            mustBe: """
                of several formats jpeg, webp or avif first, then png or webp without loss, then jpeg or png where they are smaller; or webp,gif
                """)
    }
}
