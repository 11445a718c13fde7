import AnysizeCore

extension RenderPlan {
    /// The plan with smaller letters, where a failure was that they are too large: of more than about a thousand pixels. What is
    /// drawn smaller is enlarged. A helper that met such letters draws none any more and ends, so the next attempt is another one's.
    func drawnSmaller(after error: RenderError) -> RenderPlan? {
        guard input.isVector, drawingShare > 0.1, case .undecodable(_, let cause) = error,
            cause.contains("FreetypeError")
        else { return nil }
        var plan = self
        plan.drawingShare /= 2
        return plan
    }
}
