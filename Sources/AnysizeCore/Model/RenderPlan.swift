/// The steps for one original: made by arithmetic alone, carried out without decisions.
package struct RenderPlan: Hashable, Sendable, Codable {
    /// The part to read, in stored pixels, before the decoder's own shrinking.
    package var source: PixelRect
    /// The size of all stored pixels.
    package var stored: PixelSize
    /// Of a level: the part to read, to fractions of a pixel; ``source`` is the whole pixels around it. Nil of an original.
    package var window: PixelWindow?
    /// What the decoder is asked to shrink by: 1, 2, 4 or 8. Others than JPEG and WebP can't, and ignore it.
    package var shrinkOnLoad: Int
    /// What the source is resampled to, before it is turned upright.
    package var resized: PixelSize
    package var orientation: Orientation
    /// Borders to find first; the plan that follows from them is then carried out instead of this one.
    package var trim: Trim?
    /// A turn by other than quarters, after that.
    package var tilt: Tilt?
    /// A cut of a tilted picture.
    package var cut: PixelRect?
    /// A cut by what the pixels show, after the turn.
    package var smartCrop: SmartCrop?
    /// A canvas around the picture.
    package var canvas: Canvas?
    /// Between what makes the picture's size and what is put around it.
    package var adjustments: Adjustments
    /// Another picture on top of all that.
    package var overlay: OverlayStep?
    /// A text on top of that. Such a plan is for a helper, whatever it starts from.
    package var caption: CaptionStep?
    /// What the whole is cut out to, last of all.
    package var outline: Outline?
    package var background: Color?
    package var hasAlpha: Bool
    /// The frame to read, counted from 0; the first of all of them where there are more.
    package var page: Int
    /// Frames of the result, to each of which the steps are applied in turn; 1 for a still.
    package var frameCount: Int
    package var input: ImageFormat
    package var output: ImageFormat
    /// Formats that the result has instead, where they are no larger.
    package var otherOutputs: SettledRecipe.OtherFormats
    package var quality: Int?
    /// Whether the quality is found by looking at results.
    package var isQualityAuto: Bool
    /// The most bytes that the result may have; nil for any number.
    package var byteCountMax: Int?
    package var isLossless: Bool
    package var metadata: MetadataPolicy
    /// The size of the result.
    package var size: PixelSize
    /// How much smaller a drawing is drawn than it will be: 1, unless its letters were too large for the library that draws them.
    package var drawingShare = 1.0

    /// Of the original's pixels themselves: of no level, whose pixels at a border are a mixture.
    package struct Trim: Hashable, Sendable, Codable {
        package var tolerance: Int
        package var recipe: SettledRecipe
        package var facts: PictureFacts
        package var overlay: OverlaySource?

        /// Where the pixel is stored whose colour is the border's: the top left of the upright region.
        package var corner: PixelRect {
            let region = recipe.crop ?? PixelRect(whole: facts.size)
            let first = PixelRect(left: region.left, top: region.top, width: 1, height: 1)
            return Orientation(exif: facts.orientation).stored(first, upright: facts.size)
        }

        /// - Parameter rest: in stored pixels.
        fileprivate func plan(for rest: PixelRect) -> RenderPlan {
            let upright = Orientation(exif: facts.orientation)
            let region = upright.inverse.stored(rest, upright: upright.applied(to: facts.size))
            return RenderPlan.make(
                recipe.trimmed(to: region, of: facts.size), for: facts, from: .original, overlay: overlay)
        }
    }

    /// Around the middle, on a canvas of its own.
    package struct Tilt: Hashable, Sendable, Codable {
        /// Clockwise, -45 to 45.
        package var degrees: Double
        package var canvas: PixelSize
        /// What the canvas is then resampled to; the same, except where proportions are given up.
        package var size: PixelSize
    }

    package struct SmartCrop: Hashable, Sendable, Codable {
        package var size: PixelSize
        package var byEntropy: Bool
    }

    package struct Canvas: Hashable, Sendable, Codable {
        package var size: PixelSize
        package var left: Int
        package var top: Int
    }

    /// An overlay, scaled and put in its place.
    package struct OverlayStep: Hashable, Sendable, Codable {
        /// All of the overlay, in pixels of the level it is read from.
        package var window: PixelWindow
        /// Of that level as it is kept; what is planned is a guess until the level is there.
        package var input: ImageFormat
        package var level: PixelSize
        /// On the result.
        package var place: PixelRect
        /// 1 to 100.
        package var opacity: Int
    }

    /// Whether transparency has to go: the format has none, or an opaque background was asked for.
    package var needsFlatten: Bool {
        (hasAlpha || tilt != nil) && (!output.hasAlpha || background?.isOpaque == true)
    }

    /// The plan for a settled recipe.
    /// - Parameters:
    ///   - source: what is read: the original, or a level of it, which is upright and of the same picture.
    ///   - overlay: what the recipe's overlay is read from; nil where it has none.
    package static func make(
        _ recipe: SettledRecipe, for facts: PictureFacts, from source: RenderSource, overlay: OverlaySource? = nil
    ) -> RenderPlan {
        let region = recipe.crop ?? PixelRect(whole: facts.size)
        let upright = recipe.resampled(from: region.size)
        var cut: PixelRect?
        var smartCrop: SmartCrop?
        var canvas: Canvas?
        switch recipe.layout {
        case .fill: break
        case .smartCover(let byEntropy): smartCrop = SmartCrop(size: recipe.size, byEntropy: byEntropy)
        case .cut(let gravity):
            let whole = recipe.turned(from: region.size)
            let offset = gravity.offset(of: recipe.size, in: whole)
            cut = PixelRect(
                left: offset.left, top: offset.top, width: recipe.size.width, height: recipe.size.height)
        case .pad(let content, let place):
            let offset = Gravity.compass(place).offset(of: content, in: recipe.size)
            canvas = Canvas(size: recipe.size, left: offset.left, top: offset.top)
        }
        var plan = RenderPlan(
            source: region,
            stored: facts.size,
            window: nil,
            shrinkOnLoad: 1,
            resized: upright,
            orientation: recipe.turn.quarters,
            trim: recipe.trim.map {
                Trim(tolerance: $0.tolerance, recipe: recipe, facts: facts, overlay: overlay)
            },
            tilt: recipe.tilt(from: region.size),
            cut: cut,
            smartCrop: smartCrop,
            canvas: canvas,
            adjustments: recipe.adjustments,
            overlay: overlay.flatMap { source in recipe.overlay.map { OverlayStep($0, from: source) } },
            caption: recipe.caption.map { CaptionStep($0, on: recipe.size) },
            outline: recipe.outline,
            background: recipe.background,
            hasAlpha: facts.hasAlpha || recipe.needsOtherFrames,
            page: (recipe.frame ?? 1) - 1,
            frameCount: recipe.frameCount,
            input: facts.format,
            output: recipe.format,
            otherOutputs: recipe.others,
            quality: recipe.quality,
            isQualityAuto: recipe.isQualityAuto,
            byteCountMax: recipe.byteCountMax,
            isLossless: recipe.isLossless,
            metadata: recipe.metadata,
            size: recipe.size
        )
        switch source {
        case .original: plan.readOriginal(facts)
        case .level(let level):
            plan.source = level.region(region)
            plan.window = level.window(region)
            plan.stored = level.size
        }
        return plan
    }

    /// From the original's pixels as they are stored, turned at the end: upright, and as the caller wants them, in one go.
    private mutating func readOriginal(_ facts: PictureFacts) {
        let upright = Orientation(exif: facts.orientation)
        source = upright.stored(source, upright: facts.size)
        stored = upright.applied(to: facts.size)
        resized = upright.applied(to: resized)
        orientation = upright.followed(by: orientation)
        // Decoders shrink each frame's own rectangle, and its edges would be off by parts of a pixel.
        shrinkOnLoad =
            frameCount > 1 || page > 0 ? 1 : Self.shrinkOnLoad(from: source.size, to: resized)
    }

    /// How far the decoder may shrink: always leaving a factor of two or more to our own resampling, since decoders
    /// average blocks, and a picture made by averaging alone looks soft or jagged.
    static func shrinkOnLoad(from source: PixelSize, to target: PixelSize) -> Int {
        let factor = min(
            Double(source.width) / Double(target.width),
            Double(source.height) / Double(target.height)
        )
        if factor >= 16 { return 8 }
        if factor >= 8 { return 4 }
        if factor >= 4 { return 2 }
        return 1
    }
}

extension RenderPlan {
    /// Pixels a side, and of the part that is read, that nothing is drawn larger than; what is asked for beyond is enlarged.
    private static let drawnSideMax = 16_384.0
    private static let drawnPixelCountMax = 80_000_000.0
    /// What the decoder takes.
    private static let drawingScaleMin = 0.002

    /// How many times its own size a vector original is drawn for this plan.
    /// - Parameter factor: how many times larger than needed, each way.
    package func drawingScale(times factor: Double) -> Double {
        let asked = max(
            Double(resized.width) / Double(source.width), Double(resized.height) / Double(source.height))
        let bySide = Self.drawnSideMax / Double(max(stored.width, stored.height))
        let byPixels = (Self.drawnPixelCountMax / Double(source.size.pixelCount)).squareRoot()
        return max(Self.drawingScaleMin, min(asked * factor * drawingShare, bySide, byPixels))
    }
}

extension RenderPlan {
    /// The plan for what is left once the borders are off; nil where none are looked for.
    /// - Parameter rest: in stored pixels.
    package func trimmed(to rest: PixelRect) -> RenderPlan? {
        guard var plan = trim?.plan(for: rest) else { return nil }
        // As its level turned out to be.
        if let overlay { plan.overlay?.input = overlay.input }
        return plan
    }
}

extension RenderPlan.OverlayStep {
    fileprivate init(_ overlay: SettledOverlay, from source: OverlaySource) {
        self.init(
            window: source.level.window(PixelRect(whole: source.size)), input: .jpeg, level: source.level.size,
            place: overlay.place, opacity: overlay.opacity
        )
    }
}

extension PixelRect {
    /// The same part of a picture in another size, rounded outwards so that it is never empty.
    package func scaled(from whole: PixelSize, to other: PixelSize) -> PixelRect {
        let x = Double(other.width) / Double(whole.width)
        let y = Double(other.height) / Double(whole.height)
        let left = min(other.width - 1, Int((Double(self.left) * x).rounded(.down)))
        let top = min(other.height - 1, Int((Double(self.top) * y).rounded(.down)))
        let right = min(other.width, max(left + 1, Int((Double(self.left + width) * x).rounded(.up))))
        let bottom = min(other.height, max(top + 1, Int((Double(self.top + height) * y).rounded(.up))))
        return PixelRect(left: left, top: top, width: right - left, height: bottom - top)
    }
}
