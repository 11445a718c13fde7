/// A recipe that can't be taken, with the parameter at fault as the caller wrote it.
package struct RecipeError: Error, Hashable, Sendable {
    /// Nil where the query as a whole is malformed.
    package let parameter: String?
    /// One sentence: what is wrong and what would be right. Holds no text of the caller's but short parameter names.
    package let detail: String

    package init(_ parameter: String?, _ detail: String) {
        self.parameter = parameter
        self.detail = detail
    }

    static func value(_ parameter: String, mustBe rule: String) -> RecipeError {
        RecipeError(parameter, "\(parameter) must be \(rule).")
    }
}
