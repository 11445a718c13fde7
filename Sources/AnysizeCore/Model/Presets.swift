/// Recipes of the operator, each with a name that URLs can give instead.
///
/// A preset is folded into the recipe before anything is decided, so a URL that names it and one that spells it out are one
/// variant.
package struct Presets: Sendable {
    private var recipes: [String: GivenParameters] = [:]
    private var isOpenToAnyName = false
    /// Whether nothing but presets is served.
    package let isLocked: Bool

    /// None.
    package init() { isLocked = false }

    /// - Parameters:
    ///   - recipes: as queries, by their names; each has been checked.
    ///   - isLocked: serve nothing else.
    package init(_ recipes: [String: String], isLocked: Bool) throws(RecipeError) {
        self.isLocked = isLocked
        for (name, query) in recipes { self.recipes[name] = try Self.read(query) }
    }

    /// For whoever checks recipes without knowing what presets the service has: every name is one, and adds nothing.
    package static let unknown: Presets = {
        var presets = Presets()
        presets.isOpenToAnyName = true
        return presets
    }()

    /// What is wrong with a preset's recipe; nil where it can be used.
    package static func fault(of query: String) -> RecipeError? {
        do throws(RecipeError) { _ = try read(query) } catch { return error }
        return nil
    }

    private static func read(_ query: String) throws(RecipeError) -> GivenParameters {
        let given = try GivenParameters(query: query)
        for (parameter, reason) in [
            (RecipeParameter.preset, "A preset can't contain another one."),
            (.version, "A preset is for all originals, and a version belongs to one."),
        ] {
            if let (name, _) = given.values[parameter] { throw RecipeError(name, reason) }
        }
        _ = try given.recipe()
        return given
    }

    /// The parameters with those of the preset that they name, where they don't say otherwise themselves.
    func folded(into given: GivenParameters) throws(RecipeError) -> GivenParameters {
        guard let (name, value) = given.values[.preset] else {
            guard !isLocked else { throw RecipeError("preset", "Only presets are served here. \(known)") }
            return given
        }
        guard let preset = recipes[value] ?? (isOpenToAnyName ? GivenParameters() : nil) else {
            throw RecipeError(name, "There is no such preset. \(known)")
        }
        if isLocked,
            let other = given.values.filter({ $0.key != .preset && $0.key != .version }).values.map(\.name).min()
        {
            throw RecipeError(other, "Only presets are served here, as they are: \(other) can't be given.")
        }
        return preset.overridden(by: given)
    }

    /// The first of them, for whoever mistyped one.
    private var known: String {
        let names = recipes.keys.sorted()
        guard !names.isEmpty else { return "There are none." }
        return "Known are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? " and more" : "")."
    }
}
