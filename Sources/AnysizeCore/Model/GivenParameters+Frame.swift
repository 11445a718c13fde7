/// `frame`: which part of an animation.
extension GivenParameters {
    func frame(_ name: String, _ value: String) throws(RecipeError) -> FrameChoice {
        if value == "all" { return .all }
        if value == "0" { throw RecipeError(name, "Frames are counted from 1: \(name)=1 is the first.") }
        guard let number = try? integer(name, value, in: 1...Recipe.frameNumberMax) else {
            throw .value(name, mustBe: "all, or the number of a frame, counted from 1")
        }
        return .number(number)
    }

    /// What can be told wrong without knowing the original.
    func checkFrame(_ recipe: Recipe) throws(RecipeError) {
        guard let (name, _) = values[.frame], recipe.frame == .all else { return }
        if case .exactly(let format) = recipe.format, !format.isAnimated {
            throw RecipeError(name, "\(name)=all goes with format=gif or webp; \(format.rawValue) shows one frame.")
        }
    }
}
