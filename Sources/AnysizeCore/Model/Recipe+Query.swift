/// The URL grammar: strict, so that one picture has few names and a typing error is told instead of served.
extension Recipe {
    /// The longest query that is looked at, in bytes. The longest sensible recipe has about 300.
    package static let queryByteCountMax = 2048

    /// Reads the part of a URL after `?`. An empty one is the recipe that asks for nothing.
    /// - Throws: ``RecipeError`` for an unknown, repeated or malformed parameter, or two that contradict each other.
    package init(query: some StringProtocol, presets: Presets = Presets()) throws(RecipeError) {
        self = try presets.folded(into: GivenParameters(query: query)).recipe()
    }
}
