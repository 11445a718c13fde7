/// Why `format=auto` gave another format to a client that takes AVIF, whose encoder takes several times as long as any other.
package enum AVIFFallback: String, Hashable, Sendable {
    /// The result has more pixels than ``Recipe/autoAVIFPixelCountMax``: the same answer at any time.
    case size
    /// Too many renders wait already: the next one who asks may get AVIF.
    case load

    /// What a recipe was settled without, if anything.
    /// - Parameters:
    ///   - settled: what the recipe became.
    ///   - accepted: what the client takes.
    ///   - isBusy: whether AVIF was left out on purpose.
    init?(_ recipe: Recipe, settled: SettledRecipe, accepting accepted: AcceptedFormats, isBusy: Bool) {
        // Animations are WebP or GIF whoever asks.
        guard recipe.format == .auto, accepted.contains(.avif), settled.format != .avif, settled.frameCount == 1 else {
            return nil
        }
        self = isBusy ? .load : .size
    }
}
