/// `frame`: which part of an animation.
extension GivenParameters {
    func frame(_ name: String, _ value: String) throws(RecipeError) -> FrameChoice {
        switch (name, value) {
        // As two grammars say it: whether it is animated, and how many frames it has.
        case ("anim", "true"), ("n", "-1"): return .usual
        case ("anim", "false"), ("n", "1"): return .number(1)
        case ("anim", _): throw .value(name, mustBe: "true or false")
        case ("n", _): throw RecipeError(name, "A result has all frames, n=-1, or the one that frame names.")
        case (_, "all"): return .all
        default: break
        }
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
