import CoreMetrics

/// Refusals that need no wait: under overload they are most of the answers, and what they cost is taken from the renders.
extension VariantService {
    /// Whether renders that begin now are refused.
    package var refusesNow: Bool { admission.refusalNow != nil }

    /// In how many seconds to come again, where a request would be refused; never waits.
    /// - Parameter isKnown: whether the caller says it has the variant of that key.
    /// - Returns: nil where it wouldn't be refused, and where only the long way can tell.
    package func refusal(
        of id: OriginalID, _ recipe: Recipe, accepting accepted: AcceptedFormats, isKnown: (VariantKey) -> Bool
    ) -> Int? {
        guard let seconds = admission.refusalNow, recipe.overlay == nil, case .present(let record) = store.peek(id),
            let resolved = peek(record, recipe, accepted, isBusy: false), isMissing(resolved, isKnown)
        else { return nil }
        var lookCount = 1
        if recipe.format == .auto, accepted.contains(.webp), isTooBusy(forAVIF: resolved) {
            guard let other = peek(record, recipe, accepted, isBusy: true), isMissing(other, isKnown) else {
                return nil
            }
            FlowMetrics.avifFallbacks.increment()
            lookCount = 2
        }
        for tier in cache.tiers { FlowMetrics.cacheMisses(tier.name).increment(by: lookCount) }
        countRequest(.overloaded(retryAfterSeconds: seconds))
        return seconds
    }

    private func peek(
        _ record: OriginalRecord, _ recipe: Recipe, _ accepted: AcceptedFormats, isBusy: Bool
    ) -> Resolved? {
        try? resolve(record, recipe, overlay: nil, accepting: accepted, isBusy: isBusy)
    }

    /// Whether a render would have to begin for it, on a render thread.
    private func isMissing(_ resolved: Resolved, _ isKnown: (VariantKey) -> Bool) -> Bool {
        !resolved.needsHelper && !isKnown(resolved.key) && !flights.isRunning(resolved.key)
            && cache.tiers.allSatisfy { $0.lacks(resolved.key) }
    }
}
