/// From what was asked to what will be made of this original: pure arithmetic, and the only place where sizes are decided.
extension Recipe {
    /// Applies the recipe to an original.
    /// - Parameters:
    ///   - facts: of the original.
    ///   - accepted: what the client's `Accept` named; matters for `format=auto` only.
    ///   - limits: how large a result may be.
    /// - Throws: ``RecipeError`` where the recipe can't be applied to this original: a crop outside of it, or a result above
    ///   the limits.
    package func settled(
        for facts: PictureFacts, accepting accepted: AcceptedFormats = [], limits: OutputLimits = OutputLimits()
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
        let sizing = try Sizing(self, region: region, frameCount: frameCount, limits: limits)
        guard sizing.size.pixelCount * frameCount <= limits.pixelCountMax else {
            throw RecipeError(
                "w",
                frameCount > 1
                    ? "The \(frameCount) frames of the result would have more than \(limits.pixelCountMax) pixels together; ask for a smaller w or h, or for one frame."
                    : "The result would have more than \(limits.pixelCountMax) pixels; ask for a smaller w or h."
            )
        }
        guard sizing.intermediate.pixelCount <= limits.pixelCountMax * 2 else {
            throw RecipeError(
                "gravity", "The picture is too long and thin for this gravity at this size; use a fixed one.")
        }
        let format = try settledFormat(for: facts, size: sizing.size, accepting: accepted)
        let isLossless = isLossless && format != .png
        let defaultQuality = isLossless ? nil : SettledRecipe.defaultQuality(of: format)
        let isQualityAuto = isQualityAuto && defaultQuality != nil
        return SettledRecipe(
            crop: sizing.region == whole ? nil : sizing.region,
            size: sizing.size,
            layout: sizing.layout,
            isEnlarged: sizing.isEnlarged,
            format: format,
            frame: try settledFrame(of: facts, as: format),
            frameCount: frameCount,
            losslessFormat: frameCount > 1 ? nil : losslessFormat(beside: format, for: facts, accepting: accepted),
            quality: isQualityAuto ? nil : defaultQuality.map { quality ?? $0 },
            isQualityAuto: isQualityAuto,
            byteCountMax: byteCountMax,
            isLossless: isLossless,
            background: settledBackground(for: facts, format: format, layout: sizing.layout),
            metadata: metadata,
            adjustments: adjustments.settled(dpr: dpr, isGray: facts.isGray)
        )
    }

    /// The largest result that `format=auto` gives as AVIF, in pixels: above it, encoding takes longer than most clients
    /// take to fetch the larger WebP.
    static let autoAVIFPixelCountMax = 2_000_000

    private func settledFormat(
        for facts: PictureFacts, size: PixelSize, accepting accepted: AcceptedFormats
    ) throws(RecipeError) -> ImageFormat {
        let plain: ImageFormat = mayHaveAlpha(facts, as: nil) ? .png : .jpeg
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
                    isLossless ? .png : plain
                }
            }
        if isLossless, chosen == .jpeg || chosen == .gif {
            throw RecipeError(
                "lossless", "lossless goes with format=png, webp or avif; this original would give \(chosen.rawValue).")
        }
        return chosen
    }

    /// Drawings come as PNG and GIF; whether one is, only its pixels tell.
    private func losslessFormat(
        beside format: ImageFormat, for facts: PictureFacts, accepting accepted: AcceptedFormats
    ) -> ImageFormat? {
        switch self.format {
        case .smaller(_, let lossless): return lossless
        case .original, .exactly: return nil
        case .auto:
            guard !isLossless, format != .png, facts.format == .png || facts.format == .gif else { return nil }
            return accepted.contains(.webp) ? .webp : .png
        }
    }

    private func settledBackground(
        for facts: PictureFacts, format: ImageFormat, layout: SettledRecipe.Layout
    ) -> Color? {
        var isPadded = false
        if case .pad = layout { isPadded = true }
        let hasAlpha = mayHaveAlpha(facts, as: format)
        guard var color = background, isPadded || hasAlpha else { return nil }
        if !format.hasAlpha {
            let flat = color.onWhite.map { UInt8($0.rounded()) }
            color = Color(red: flat[0], green: flat[1], blue: flat[2])
        }
        // The usual, said aloud, is still the usual.
        let staysTransparent = hasAlpha && format.hasAlpha
        if staysTransparent ? color.alpha == 0 : color == .white { return nil }
        return color.alpha == 0 ? .transparent : color
    }
}

/// How large a result may be.
package struct OutputLimits: Hashable, Sendable {
    /// Pixels of a result; a render holds about four bytes for each.
    package var pixelCountMax: Int
    /// Pixels a side.
    package var sideMax: Int

    package init(pixelCountMax: Int = 40_000_000, sideMax: Int = Recipe.sideMax) {
        self.pixelCountMax = pixelCountMax
        self.sideMax = sideMax
    }
}

/// The sizes of one recipe on one region.
private struct Sizing {
    /// What is left of the region once a fixed gravity has cut it.
    var region: PixelRect
    var size: PixelSize
    /// The largest picture on the way to the result.
    var intermediate: PixelSize
    var layout: SettledRecipe.Layout = .fill
    var isEnlarged = false

    init(
        _ recipe: Recipe, region: PixelRect, frameCount: Int, limits: OutputLimits
    ) throws(RecipeError) {
        self.region = region
        let box = recipe.box(limits: limits)
        let natural = region.size
        switch (recipe.fit, box.width, box.height) {
        case (.stretch, let width?, let height?):
            size = PixelSize(
                width: recipe.allowsUpscale ? width : min(width, natural.width),
                height: recipe.allowsUpscale ? height : min(height, natural.height)
            )
        case (.outside, let width?, let height?):
            size = natural.covering(width, height, enlarge: recipe.allowsUpscale)
            guard size.width <= limits.sideMax, size.height <= limits.sideMax else {
                throw RecipeError(
                    "fit",
                    "The result would be \(size.width)x\(size.height): more than \(limits.sideMax) pixels a side.")
            }
        case (.cover, let width?, let height?):
            size =
                recipe.allowsUpscale
                ? PixelSize(width: width, height: height) : natural.largestBox(likeWidth: width, height: height)
        case (.pad, let width?, let height?):
            size = PixelSize(width: width, height: height)
        default:
            size = natural.contained(
                width: box.width ?? limits.sideMax, height: box.height ?? limits.sideMax,
                enlarge: recipe.allowsUpscale && (box.width != nil || box.height != nil)
            )
            // Nobody asked for this many pixels: the picture as it is is only too large to send.
            if box.width == nil, box.height == nil { size = size.within(pixelCount: limits.pixelCountMax / frameCount) }
        }
        intermediate = size
        isEnlarged = size.width > natural.width || size.height > natural.height
        if recipe.fit == .cover, box.width != nil, box.height != nil { cover(recipe.gravity) }
        if recipe.fit == .pad, box.width != nil, box.height != nil { pad(recipe) }
    }

    private mutating func cover(_ gravity: Gravity) {
        let kept = region.size.largestPart(likeWidth: size.width, height: size.height)
        guard kept != region.size else { return }
        if gravity.needsPixels {
            layout = .smartCover(byEntropy: gravity == .entropy)
            intermediate = region.size.covering(size.width, size.height, enlarge: true)
            isEnlarged = intermediate.width > region.width || intermediate.height > region.height
        } else {
            let offset = gravity.offset(of: kept, in: region.size)
            region = PixelRect(
                left: region.left + offset.left, top: region.top + offset.top, width: kept.width, height: kept.height
            )
            isEnlarged = size.width > kept.width || size.height > kept.height
        }
    }

    private mutating func pad(_ recipe: Recipe) {
        let content = region.size.contained(width: size.width, height: size.height, enlarge: recipe.allowsUpscale)
        isEnlarged = content.width > region.width || content.height > region.height
        guard content != size else { return }
        var place = Compass.center
        if case .compass(let compass) = recipe.gravity { place = compass }
        // A place along an axis that has no room to spare makes no difference.
        layout = .pad(content: content, place.alongAxes(x: content.width < size.width, y: content.height < size.height))
    }
}

extension Recipe {
    /// The box in device pixels, with `dpr` and `ar` folded in. A side above the limit is clamped where `dpr` or `ar` made
    /// it so; the other side follows.
    fileprivate func box(limits: OutputLimits) -> (width: Int?, height: Int?) {
        var width = width.map(Double.init)
        var height = height.map(Double.init)
        if let aspectRatio {
            if let known = width {
                height = known / aspectRatio
            } else if let known = height {
                width = known * aspectRatio
            }
        }
        let largest = max(width ?? 0, height ?? 0) * dpr
        let scale = largest > Double(limits.sideMax) ? dpr * Double(limits.sideMax) / largest : dpr
        func device(_ side: Double?) -> Int? {
            side.map { min(limits.sideMax, max(1, Int(($0 * scale).rounded()))) }
        }
        return (device(width), device(height))
    }
}

extension Compass {
    /// This place, centred along the axes that are off.
    fileprivate func alongAxes(x useX: Bool, y useY: Bool) -> Compass {
        let x = useX ? self.x : 0.5
        let y = useY ? self.y : 0.5
        return Compass.allCases.first { $0.x == x && $0.y == y } ?? .center
    }
}

extension PixelSize {
    /// The size of this picture inside a box; the side that meets the box is exact, the other within half a pixel.
    fileprivate func contained(width boxWidth: Int, height boxHeight: Int, enlarge: Bool) -> PixelSize {
        if !enlarge, width <= boxWidth, height <= boxHeight { return self }
        // width/boxWidth against height/boxHeight, in whole numbers.
        if width * boxHeight >= height * boxWidth {
            return PixelSize(width: boxWidth, height: Self.scaled(height, by: boxWidth, over: width, max: boxHeight))
        }
        return PixelSize(width: Self.scaled(width, by: boxHeight, over: height, max: boxWidth), height: boxHeight)
    }

    /// The size of this picture around a box, nothing cut.
    fileprivate func covering(_ boxWidth: Int, _ boxHeight: Int, enlarge: Bool) -> PixelSize {
        if !enlarge, width <= boxWidth || height <= boxHeight { return self }
        if width * boxHeight >= height * boxWidth {
            return PixelSize(width: max(boxWidth, Self.scaled(width, by: boxHeight, over: height)), height: boxHeight)
        }
        return PixelSize(width: boxWidth, height: max(boxHeight, Self.scaled(height, by: boxWidth, over: width)))
    }

    /// That box where it is inside this size, or else the largest one of its proportions that is.
    fileprivate func largestBox(likeWidth boxWidth: Int, height boxHeight: Int) -> PixelSize {
        if boxWidth <= width, boxHeight <= height { return PixelSize(width: boxWidth, height: boxHeight) }
        return largestPart(likeWidth: boxWidth, height: boxHeight)
    }

    /// The largest part of this size that has the box's proportions.
    fileprivate func largestPart(likeWidth boxWidth: Int, height boxHeight: Int) -> PixelSize {
        if width * boxHeight >= height * boxWidth {
            return PixelSize(width: Self.scaled(boxWidth, by: height, over: boxHeight, max: width), height: height)
        }
        return PixelSize(width: width, height: Self.scaled(boxHeight, by: width, over: boxWidth, max: height))
    }

    /// The same proportions with at most that many pixels.
    fileprivate func within(pixelCount: Int) -> PixelSize {
        guard self.pixelCount > pixelCount else { return self }
        let scale = (Double(pixelCount) / Double(self.pixelCount)).squareRoot()
        return PixelSize(width: max(1, Int(Double(width) * scale)), height: max(1, Int(Double(height) * scale)))
    }

    /// side * factor / divisor, rounded to the nearest whole number, from 1 to `max`.
    private static func scaled(_ side: Int, by factor: Int, over divisor: Int, max limit: Int = .max) -> Int {
        min(limit, Swift.max(1, (2 * side * factor + divisor) / (2 * divisor)))
    }
}
