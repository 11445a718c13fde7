/// The steps for one original: made by arithmetic alone, carried out without decisions.
package struct RenderPlan: Hashable, Sendable {
    /// The part to read, in stored pixels, before the decoder's own shrinking.
    package var source: PixelRect
    /// The size of all stored pixels.
    package var stored: PixelSize
    /// What the decoder is asked to shrink by: 1, 2, 4 or 8. Others than JPEG and WebP can't, and ignore it.
    package var shrinkOnLoad: Int
    /// What the source is resampled to, before it is turned upright.
    package var resized: PixelSize
    package var orientation: Orientation
    /// A cut by what the pixels show, after the turn.
    package var smartCrop: SmartCrop?
    /// A canvas around the picture, last of all.
    package var canvas: Canvas?
    package var background: Color?
    package var hasAlpha: Bool
    package var input: ImageFormat
    package var output: ImageFormat
    package var quality: Int?
    package var isLossless: Bool
    package var metadata: MetadataPolicy
    /// The size of the result.
    package var size: PixelSize

    package struct SmartCrop: Hashable, Sendable {
        package var size: PixelSize
        package var byEntropy: Bool
    }

    package struct Canvas: Hashable, Sendable {
        package var size: PixelSize
        package var left: Int
        package var top: Int
    }

    /// Whether transparency has to go: the format has none, or an opaque background was asked for.
    package var needsFlatten: Bool { hasAlpha && (!output.hasAlpha || background?.isOpaque == true) }

    /// The plan for a settled recipe.
    package static func make(_ recipe: SettledRecipe, for facts: PictureFacts) -> RenderPlan {
        let orientation = Orientation(exif: facts.orientation)
        let region = recipe.crop ?? PixelRect(whole: facts.size)
        var upright = recipe.size
        var smartCrop: SmartCrop?
        var canvas: Canvas?
        switch recipe.layout {
        case .fill: break
        case .smartCover(let byEntropy):
            upright = region.size.covering(recipe.size)
            smartCrop = SmartCrop(size: recipe.size, byEntropy: byEntropy)
        case .pad(let content, let place):
            upright = content
            let offset = Gravity.compass(place).offset(of: content, in: recipe.size)
            canvas = Canvas(size: recipe.size, left: offset.left, top: offset.top)
        }
        let source = orientation.stored(region, upright: facts.size)
        let resized = orientation.applied(to: upright)
        return RenderPlan(
            source: source,
            stored: orientation.applied(to: facts.size),
            shrinkOnLoad: shrinkOnLoad(from: source.size, to: resized),
            resized: resized,
            orientation: orientation,
            smartCrop: smartCrop,
            canvas: canvas,
            background: recipe.background,
            hasAlpha: facts.hasAlpha,
            input: facts.format,
            output: recipe.format,
            quality: recipe.quality,
            isLossless: recipe.isLossless,
            metadata: recipe.metadata,
            size: recipe.size
        )
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
