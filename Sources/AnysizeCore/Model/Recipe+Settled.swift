/// From what was asked to what will be made of this original: pure arithmetic, and the only place where sizes are decided.
extension Recipe {
    /// Applies the recipe to an original.
    /// - Parameters:
    ///   - facts: of the original.
    ///   - accepted: what the client's `Accept` named; matters for `format=auto` only.
    ///   - limits: how large a result may be.
    ///   - overlay: of the original that ``overlay`` names; nil where there is none.
    /// - Throws: ``RecipeError`` where the recipe can't be applied to this original: a crop outside of it, or a result above
    ///   the limits.
    package func settled(
        for facts: PictureFacts, accepting accepted: AcceptedFormats = [], limits: OutputLimits = OutputLimits(),
        overlay overlayFacts: PictureFacts? = nil
    ) throws(RecipeError) -> SettledRecipe {
        let whole = PixelRect(whole: facts.size)
        var region = whole
        if let crop {
            guard let rect = crop.resolved(in: facts.size) else {
                throw RecipeError("crop", "crop lies outside the original, which is \(facts.width)x\(facts.height).")
            }
            region = rect
        }
        let frameCount = animationFormat(for: facts, accepting: accepted) == nil ? 1 : facts.pageCount
        let asked = boxRequest(limits: limits, isVector: facts.format.isVector)
        let sizing = try Sizing(asked, region: region, frameCount: frameCount, limits: limits)
        let trim = trimTolerance.map { SettledRecipe.Trim(tolerance: $0, asked: asked, limits: limits) }
        // What `cover` cuts is only known once the borders are off.
        let kept = trim == nil ? sizing.region : region
        let outline = self.outline?.scaled(by: dpr).settled(for: trim == nil ? sizing.size : nil)
        let hasCorners = turn.isTilted || outline != nil
        let format = try settledFormat(
            for: facts, size: sizing.size, hasClearCorners: hasCorners && background?.isOpaque != true,
            accepting: accepted)
        let isLossless = isLossless && format != .png
        let defaultQuality = isLossless ? nil : SettledRecipe.defaultQuality(of: format)
        let isQualityAuto = isQualityAuto && defaultQuality != nil
        return SettledRecipe(
            crop: kept == whole ? nil : kept,
            size: sizing.size,
            layout: sizing.layout,
            turn: turn,
            trim: trim,
            outline: outline,
            isEnlarged: sizing.isEnlarged,
            format: format,
            frame: try settledFrame(of: facts, as: format),
            frameCount: frameCount,
            losslessFormat: frameCount > 1
                ? plainAnimation(beside: format, for: facts, pixelCount: sizing.size.pixelCount * frameCount)
                : losslessFormat(beside: format, for: facts, accepting: accepted),
            quality: isQualityAuto ? nil : defaultQuality.map { quality ?? $0 },
            isQualityAuto: isQualityAuto,
            byteCountMax: byteCountMax,
            isLossless: isLossless,
            background: settledBackground(for: facts, format: format, layout: sizing.layout, hasCorners: hasCorners),
            metadata: metadata,
            adjustments: adjustments.settled(dpr: dpr, isGray: facts.isGray),
            overlay: try settledOverlay(overlayFacts, on: sizing.size),
            caption: try settledCaption(on: sizing.size)
        )
    }

    /// The largest result that `format=auto` gives as AVIF, in pixels: above it, encoding takes longer than most clients
    /// take to fetch the larger WebP.
    static let autoAVIFPixelCountMax = 2_000_000

    private func settledFormat(
        for facts: PictureFacts, size: PixelSize, hasClearCorners: Bool, accepting accepted: AcceptedFormats
    ) throws(RecipeError) -> ImageFormat {
        let isPlainPNG = mayHaveAlpha(facts, as: nil) || facts.format == .svg
        let plain: ImageFormat = isPlainPNG ? .png : .jpeg
        let plainAuto: ImageFormat = hasClearCorners ? .png : plain
        let chosen: ImageFormat =
            switch format {
            case .exactly(let format): format
            case .smaller(let format, _): format
            case .original: facts.format.isOutput ? facts.format : plain
            case .auto:
                if let animation = animationFormat(for: facts, accepting: accepted) {
                    animation
                } else if accepted.contains(.avif), size.pixelCount <= Self.autoAVIFPixelCountMax {
                    .avif
                } else if accepted.contains(.webp) {
                    .webp
                } else {
                    isLossless ? .png : plainAuto
                }
            }
        if isLossless, chosen == .jpeg || chosen == .gif {
            throw RecipeError(
                "lossless", "lossless goes with format=png, webp or avif; this original would give \(chosen.rawValue).")
        }
        return chosen
    }

    private var isBoxWhole: Bool { (width != nil && height != nil) || aspectRatio != nil }

    /// Drawings come in some formats; whether one is, only its pixels tell.
    private func losslessFormat(
        beside format: ImageFormat, for facts: PictureFacts, accepting accepted: AcceptedFormats
    ) -> ImageFormat? {
        switch self.format {
        case .smaller(_, let lossless): return lossless == .gif ? nil : lossless
        case .original, .exactly: return nil
        case .auto:
            guard !isLossless, format != .png, facts.format.isOftenDrawn else { return nil }
            return accepted.contains(.webp) ? .webp : .png
        }
    }

    /// Pixels of all frames up to which an animation is encoded twice.
    private static let twiceEncodedPixelCountMax = 4_000_000

    /// GIF, where that is no larger than the WebP it would otherwise be: of few colours and frames that are alike, it often is.
    private func plainAnimation(
        beside format: ImageFormat, for facts: PictureFacts, pixelCount: Int
    ) -> ImageFormat? {
        switch self.format {
        case .smaller(.webp, lossless: .gif): return .gif
        case .smaller, .original, .exactly: return nil
        case .auto:
            guard !isLossless, format == .webp, facts.format == .gif, pixelCount <= Self.twiceEncodedPixelCountMax
            else {
                return nil
            }
            return .gif
        }
    }

    private func settledBackground(
        for facts: PictureFacts, format: ImageFormat, layout: SettledRecipe.Layout, hasCorners: Bool
    ) -> Color? {
        var isPadded = false
        if case .pad = layout { isPadded = true }
        // With its borders off, it may no longer have the box's proportions.
        if trimTolerance != nil, fit == .pad, isBoxWhole { isPadded = true }
        let hasAlpha = mayHaveAlpha(facts, as: format)
        guard var color = background, isPadded || hasAlpha || hasCorners else { return nil }
        if !format.hasAlpha {
            let flat = color.onWhite.map { UInt8($0.rounded()) }
            color = Color(red: flat[0], green: flat[1], blue: flat[2])
        }
        // The usual, said aloud, is still the usual.
        let staysTransparent = (hasAlpha || hasCorners) && format.hasAlpha
        // Padding and corners have no common usual here.
        if staysTransparent, isPadded, !hasAlpha { return color.alpha == 0 ? .transparent : color }
        if staysTransparent ? color.alpha == 0 : color == .white { return nil }
        return color.alpha == 0 ? .transparent : color
    }
}

/// How large a result may be.
package struct OutputLimits: Hashable, Sendable, Codable {
    /// Pixels of a result; a render holds about four bytes for each.
    package var pixelCountMax: Int
    /// Pixels a side.
    package var sideMax: Int

    package init(pixelCountMax: Int = 40_000_000, sideMax: Int = Recipe.sideMax) {
        self.pixelCountMax = pixelCountMax
        self.sideMax = sideMax
    }
}
