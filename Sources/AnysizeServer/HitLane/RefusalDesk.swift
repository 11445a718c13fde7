import AnysizeCore
import HTTPTypes

/// Tells on the event loop that a request would be refused, since it takes a render and too many wait already. What the router would
/// answer otherwise, or can't be told without waiting, is left to the router.
struct RefusalDesk: Sendable {
    let variants: VariantService
    let presets: Presets
    /// Whether URLs need no signature.
    let isOpen: Bool

    func refusal(of request: HitRequest) -> (problem: Problem, note: RequestLog.Note)? {
        // The first question, since it is the cheapest and nearly always has the same answer.
        guard isOpen, variants.refusesNow else { return nil }
        let target = RequestTarget(request.target)
        guard case .variant(let id) = Route(fetching: target.path), let signed = try? SignedTarget(target),
            signed.expiry == nil, let recipe = try? Recipe(query: signed.recipe, presets: presets),
            recipe.metadata != .keep
        else { return nil }
        let known = request.ifNoneMatch.flatMap { EntityTags($0) }
        let seconds = variants.refusal(of: id, recipe, accepting: AcceptedFormats(accept: request.accept)) {
            known?.matchesWeakly($0.description) ?? false
        }
        guard let seconds else { return nil }
        let problem = Problem(AnysizeError.overloaded(retryAfterSeconds: seconds))
        var note = RequestLog.Note(route: "variant", method: request.isHead ? "HEAD" : "GET")
        note.isNegotiated = recipe.format == .auto
        note.problem = problem
        return (problem, note)
    }
}
