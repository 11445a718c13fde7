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
        let overlay = try settledOverlay(overlayFacts, on: sizing.size)
        let caption = try settledCaption(on: sizing.size)
        let overlaySize = overlay == nil ? nil : overlayFacts?.size
        let trim = trimTolerance.map {
            SettledRecipe.Trim(
                tolerance: $0, asked: asked, limits: limits,
                overlay: overlaySize.flatMap { self.overlay?.folded(dpr, $0) }, overlaySize: overlaySize,
                caption: self.caption?.folded(dpr))
        }
        // What `cover` cuts is only known once the borders are off.
        let kept = trim == nil ? sizing.region : region
        let outline = self.outline?.scaled(by: dpr).settled(for: trim == nil ? sizing.size : nil)
        let hasCorners = turn.isTilted || outline != nil
        let isPadClear = isPadded(to: sizing.layout) && background?.isOpaque == false
        let isClear = isPadClear || hasCorners && background?.isOpaque != true
        let format = try settledFormat(for: facts, size: sizing.size, isClear: isClear, accepting: accepted)
        let isLossless = isLossless && format != .png
        let background = settledBackground(
            for: facts, format: format, layout: sizing.layout, hasCorners: hasCorners)
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
            others: frameCount > 1
                ? othersOfAnimation(beside: format, for: facts, pixelCount: sizing.size.pixelCount * frameCount)
                : others(
                    beside: format, for: facts, pixelCount: sizing.size.pixelCount,
                    isClear: isClear, accepting: accepted),
            quality: isQualityAuto ? nil : defaultQuality.map { settledQuality(as: format) ?? $0 },
            isQualityAuto: isQualityAuto,
            byteCountMax: byteCountMax,
            isLossless: isLossless,
            background: background,
            metadata: metadata,
            adjustments: adjustments.settled(dpr: dpr, isGray: facts.isGray),
            overlay: overlay,
            caption: caption
        )
    }

    /// The largest result that `format=auto` gives as AVIF, in pixels: above it, encoding takes longer than most clients
    /// take to fetch the larger WebP.
    static let autoAVIFPixelCountMax = 2_000_000

    private func settledFormat(
        for facts: PictureFacts, size: PixelSize, isClear: Bool, accepting accepted: AcceptedFormats
    ) throws(RecipeError) -> ImageFormat {
        let plain = usualFormat(for: facts)
        let plainAuto: ImageFormat = plainFormat ?? (isClear ? .png : plain)
        let chosen: ImageFormat =
            switch format {
            case .exactly(let format): format
            case .smaller(let format, _, _): format
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

    /// A number is of the format that was asked for. Where we choose, it is JPEG's.
    private func settledQuality(as format: ImageFormat) -> Int? {
        guard self.format == .auto else { return quality }
        return format == .avif ? chosenQuality.map { AVIFQuality.like(jpeg: $0) } : chosenQuality
    }

    /// Of JPEG, where it isn't the usual one.
    private var chosenQuality: Int? { quality == SettledRecipe.defaultQuality(of: .jpeg) ? nil : quality }

    private var isBoxWhole: Bool { (width != nil && height != nil) || aspectRatio != nil }

    /// What every client takes: of a still.
    private func usualFormat(for facts: PictureFacts) -> ImageFormat {
        mayHaveAlpha(facts, as: nil) || facts.format == .svg ? .png : .jpeg
    }

    /// Pixels, of all frames, up to which GIF or WebP without loss, whose encoders are slow, are tried.
    private static let twiceEncodedPixelCountMax = 4_000_000

    /// Which format makes the fewest bytes shows only when all are there. Drawings come in some formats; whether one is, only its pixels
    /// tell. Of few pixels a newer format's container can be more than it saves.
    private func others(
        beside format: ImageFormat, for facts: PictureFacts, pixelCount: Int, isClear: Bool,
        accepting accepted: AcceptedFormats
    ) -> SettledRecipe.OtherFormats {
        switch self.format {
        case .smaller(_, let lossless, let plain): return .init(lossless: lossless, plain: plain == .gif ? nil : plain)
        case .original, .exactly: return .init()
        case .auto: break
        }
        guard !isLossless, format != .png else { return .init() }
        let plain = plainFormat ?? (isClear ? .png : usualFormat(for: facts))
        let isTiny = pixelCount <= SettledRecipe.OtherFormats.tinyPixelCountMax
        var others = SettledRecipe.OtherFormats()
        if facts.format.isOftenDrawn {
            let isInTime = pixelCount <= Self.twiceEncodedPixelCountMax
            others.lossless = accepted.contains(.webp) && isInTime ? .webp : .png
        }
        // A search has its own end.
        guard !isQualityAuto, byteCountMax == nil, format != .jpeg else { return others }
        switch plain {
        case .jpeg where isTiny && format == .avif: others.plain = .jpeg
        // Defaults are known to go together, other qualities less so.
        case .jpeg where chosenQuality != nil && others.lossless == nil: others.plain = .jpeg
        case .png where isTiny && others.lossless == nil: others.lossless = .png
        case .png where isTiny && others.lossless == .webp: others.plain = .png
        default: break
        }
        return others
    }

    /// GIF, where that is no larger than the WebP it would otherwise be: of few colours and frames that are alike, it often is.
    private func othersOfAnimation(
        beside format: ImageFormat, for facts: PictureFacts, pixelCount: Int
    ) -> SettledRecipe.OtherFormats {
        switch self.format {
        case .smaller(.webp, _, plain: .gif): return .init(plain: .gif)
        case .smaller, .original, .exactly: return .init()
        case .auto:
            let isShort = pixelCount <= Self.twiceEncodedPixelCountMax
            return !isLossless && format == .webp && facts.format == .gif && isShort ? .init(plain: .gif) : .init()
        }
    }

    /// Whether anything is put around the picture, or may have to be.
    private func isPadded(to layout: SettledRecipe.Layout) -> Bool {
        if case .pad = layout { return true }
        // With its borders off, it may no longer have the box's proportions.
        return trimTolerance != nil && fit == .pad && isBoxWhole
    }

    private func settledBackground(
        for facts: PictureFacts, format: ImageFormat, layout: SettledRecipe.Layout, hasCorners: Bool
    ) -> Color? {
        let isPadded = isPadded(to: layout)
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
