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
    /// A cut by what the pixels show, after the turn.
    package var smartCrop: SmartCrop?
    /// A canvas around the picture, last of all.
    package var canvas: Canvas?
    /// Between what makes the picture's size and what is put around it.
    package var adjustments: Adjustments
    package var background: Color?
    package var hasAlpha: Bool
    /// The frame to read, counted from 0; the first of all of them where there are more.
    package var page: Int
    /// Frames of the result, to each of which the steps are applied in turn; 1 for a still.
    package var frameCount: Int
    package var input: ImageFormat
    package var output: ImageFormat
    /// A format without loss that the result has instead, where the picture is a drawing and that is no larger.
    package var losslessOutput: ImageFormat?
    package var quality: Int?
    /// Whether the quality is found by looking at results.
    package var isQualityAuto: Bool
    /// The most bytes that the result may have; nil for any number.
    package var byteCountMax: Int?
    package var isLossless: Bool
    package var metadata: MetadataPolicy
    /// The size of the result.
    package var size: PixelSize

    package struct SmartCrop: Hashable, Sendable, Codable {
        package var size: PixelSize
        package var byEntropy: Bool
    }

    package struct Canvas: Hashable, Sendable, Codable {
        package var size: PixelSize
        package var left: Int
        package var top: Int
    }

    /// Whether transparency has to go: the format has none, or an opaque background was asked for.
    package var needsFlatten: Bool { hasAlpha && (!output.hasAlpha || background?.isOpaque == true) }

    /// The plan for a settled recipe.
    /// - Parameter source: what is read: the original, or a level of it, which is upright and of the same picture.
    package static func make(
        _ recipe: SettledRecipe, for facts: PictureFacts, from source: RenderSource
    ) -> RenderPlan {
        let region = recipe.crop ?? PixelRect(whole: facts.size)
        let upright = recipe.resampled(from: region.size)
        var smartCrop: SmartCrop?
        var canvas: Canvas?
        switch recipe.layout {
        case .fill: break
        case .smartCover(let byEntropy): smartCrop = SmartCrop(size: recipe.size, byEntropy: byEntropy)
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
            orientation: Orientation(exif: 1),
            smartCrop: smartCrop,
            canvas: canvas,
            adjustments: recipe.adjustments,
            background: recipe.background,
            hasAlpha: facts.hasAlpha || recipe.needsOtherFrames,
            page: (recipe.frame ?? 1) - 1,
            frameCount: recipe.frameCount,
            input: facts.format,
            output: recipe.format,
            losslessOutput: recipe.losslessFormat,
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

    /// From the original's pixels as they are stored, turned at the end.
    private mutating func readOriginal(_ facts: PictureFacts) {
        orientation = Orientation(exif: facts.orientation)
        source = orientation.stored(source, upright: facts.size)
        stored = orientation.applied(to: facts.size)
        resized = orientation.applied(to: resized)
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

extension SettledRecipe {
    /// What a region of the upright original is resampled to, before it is cut or put on a canvas.
    package func resampled(from region: PixelSize) -> PixelSize {
        switch layout {
        case .fill: size
        case .smartCover: region.covering(size)
        case .pad(let content, _): content
        }
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

extension PixelSize {
    /// This picture's size when scaled, up or down, until it covers a box.
    fileprivate func covering(_ box: PixelSize) -> PixelSize {
        if width * box.height >= height * box.width {
            let scaled = (2 * width * box.height + height) / (2 * height)
            return PixelSize(width: max(box.width, scaled), height: box.height)
        }
        let scaled = (2 * height * box.width + width) / (2 * width)
        return PixelSize(width: box.width, height: max(box.height, scaled))
    }
}
