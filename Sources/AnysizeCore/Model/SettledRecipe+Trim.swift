/// Borders to take off. Where they end is in the pixels, so sizes are settled twice: once as if nothing came off, for what has to
/// be known before, and once more by the same arithmetic when the borders have been found. The name of the result holds
/// what was asked, since original and tolerance decide the rest.
extension SettledRecipe {
    package struct Trim: Hashable, Sendable, Codable {
        /// Levels of 255 by which a channel may differ from the border's colour, 0 to 255.
        package var tolerance: Int
        package var asked: BoxRequest
        package var limits: OutputLimits
        /// What is put on the result, in device pixels, and the size of the overlay's own.
        package var overlay: Overlay?
        package var overlaySize: PixelSize?
        package var caption: Caption?

        /// The parameters that ask for it, as names and values.
        var text: [String] {
            asked.text + ["trim=\(tolerance)"] + (overlay?.parameters ?? []) + (caption?.parameters ?? [])
        }
    }

    /// The recipe once the borders are known.
    /// - Parameters:
    ///   - region: what is left of the upright original.
    ///   - whole: the size of all of it.
    /// - Returns: a recipe with nothing to trim. Where the rest can't be had as asked, since it is too long and thin for it, nothing
    ///   comes off.
    package func trimmed(to region: PixelRect, of whole: PixelSize) -> SettledRecipe {
        guard let trim else { return self }
        var recipe = self
        recipe.trim = nil
        let before = crop ?? PixelRect(whole: whole)
        guard
            let sizing = (try? Sizing(trim.asked, region: region, frameCount: frameCount, limits: trim.limits))
                ?? (try? Sizing(trim.asked, region: before, frameCount: frameCount, limits: trim.limits))
        else { return recipe }
        recipe.crop = sizing.region == PixelRect(whole: whole) ? nil : sizing.region
        recipe.size = sizing.size
        recipe.layout = sizing.layout
        recipe.isEnlarged = sizing.isEnlarged
        recipe.outline = outline?.settled(for: sizing.size)
        recipe.overlay = trim.overlaySize.flatMap { trim.overlay?.settled($0, on: sizing.size, dpr: 1) }
        recipe.caption = trim.caption?.settled(on: sizing.size)
        return recipe
    }
}
