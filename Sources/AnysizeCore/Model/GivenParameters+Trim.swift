/// Borders to take off.
extension GivenParameters {
    /// Levels of 255; nil where nothing is taken off.
    func trimTolerance() throws(RecipeError) -> Int? {
        guard let (name, value) = values[.trim] else {
            if let (other, _) = values[.trimTolerance] { throw RecipeError(other, "\(other) goes with trim=auto.") }
            return nil
        }
        guard value == "auto" || value == "color" || value == "border" else {
            if let (other, _) = values[.trimTolerance] {
                throw RecipeError(other, "\(other) goes with trim=auto; \(name) has a tolerance already.")
            }
            return try tolerance(name, value)
        }
        guard let (other, given) = values[.trimTolerance] else { return Self.usualTolerance }
        return try tolerance(other, given)
    }

    /// Above what JPEG does to a plain border, below what an eye takes for another colour.
    private static let usualTolerance = 10

    private func tolerance(_ name: String, _ value: String) throws(RecipeError) -> Int {
        guard !value.contains(";") else {
            throw RecipeError(
                name, "\(name) finds borders by their colour: to cut off pixels say crop=x,y,width,height.")
        }
        return try integer(name, value, in: 0...255, unit: ", or auto")
    }
}
