/// The sizes of one recipe on one region.
struct Sizing {
    /// What is left of the region once a fixed gravity has cut it.
    var region: PixelRect
    var size: PixelSize
    /// The largest picture on the way to the result.
    var intermediate: PixelSize
    var layout: SettledRecipe.Layout = .fill
    var isEnlarged = false

    /// - Parameter frameCount: of the result, whose pixels count together.
    init(
        _ asked: BoxRequest, region: PixelRect, frameCount: Int = 1, limits: OutputLimits
    ) throws(RecipeError) {
        self.region = region
        // Boxes are of the turned picture.
        let natural = asked.turn.size(of: region.size)
        switch (asked.fit, asked.width, asked.height) {
        case (.stretch, let width?, let height?):
            size = PixelSize(
                width: asked.allowsUpscale ? width : min(width, natural.width),
                height: asked.allowsUpscale ? height : min(height, natural.height)
            )
        case (.outside, let width?, let height?):
            size = natural.covering(width, height, enlarge: asked.allowsUpscale)
            guard size.width <= limits.sideMax, size.height <= limits.sideMax else {
                throw RecipeError(
                    "fit",
                    "The result would be \(size.width)x\(size.height): more than \(limits.sideMax) pixels a side.")
            }
        case (.cover, let width?, let height?):
            size =
                asked.allowsUpscale
                ? PixelSize(width: width, height: height)
                : natural.zoomed(asked.zoom).largestBox(likeWidth: width, height: height)
        case (.pad, let width?, let height?):
            size = PixelSize(width: width, height: height)
        default:
            size = natural.contained(
                width: asked.width ?? limits.sideMax, height: asked.height ?? limits.sideMax,
                enlarge: asked.allowsUpscale && (asked.width != nil || asked.height != nil)
            )
            // Nobody asked for this many pixels: the picture as it is is only too large to send.
            if asked.width == nil, asked.height == nil {
                size = size.within(pixelCount: limits.pixelCountMax / frameCount)
            }
        }
        intermediate = asked.turn.isTilted ? natural.covering(size.width, size.height, enlarge: true) : size
        isEnlarged = size.width > natural.width || size.height > natural.height
        if asked.fit == .cover, asked.isWhole { cover(asked, natural) }
        if asked.fit == .pad, asked.isWhole { pad(asked, natural) }
        try check(asked, frameCount, limits)
    }

    private func check(_ asked: BoxRequest, _ frameCount: Int, _ limits: OutputLimits) throws(RecipeError) {
        guard size.pixelCount * frameCount <= limits.pixelCountMax else {
            throw RecipeError(
                "w",
                frameCount > 1
                    ? "The \(frameCount) frames of the result would have more than \(limits.pixelCountMax) pixels together; ask for a smaller w or h, or for one frame."
                    : "The result would have more than \(limits.pixelCountMax) pixels; ask for a smaller w or h."
            )
        }
        guard intermediate.pixelCount <= limits.pixelCountMax * (asked.turn.isTilted ? 1 : 2) else {
            throw asked.turn.isTilted
                ? RecipeError("rotate", "The turned picture would be too large on the way to this size.")
                : RecipeError(
                    "gravity", "The picture is too long and thin for this gravity at this size; use a fixed one.")
        }
    }

    private mutating func cover(_ asked: BoxRequest, _ natural: PixelSize) {
        let kept = natural.zoomed(asked.zoom).largestPart(likeWidth: size.width, height: size.height)
        guard kept != natural else { return }
        if asked.gravity.needsPixels || asked.turn.isTilted {
            layout = asked.gravity.needsPixels ? .smartCover(byEntropy: asked.gravity == .entropy) : .cut(asked.gravity)
            intermediate = natural.covering(size.width, size.height, enlarge: true)
            isEnlarged = intermediate.width > natural.width || intermediate.height > natural.height
        } else {
            let offset = asked.gravity.offset(of: kept, in: natural)
            let part = PixelRect(left: offset.left, top: offset.top, width: kept.width, height: kept.height)
            let upright = asked.turn.quarters.stored(part, upright: natural)
            region = PixelRect(
                left: region.left + upright.left, top: region.top + upright.top, width: upright.width,
                height: upright.height
            )
            isEnlarged = size.width > kept.width || size.height > kept.height
        }
    }

    private mutating func pad(_ asked: BoxRequest, _ natural: PixelSize) {
        let content = natural.contained(width: size.width, height: size.height, enlarge: asked.allowsUpscale)
        isEnlarged = content.width > natural.width || content.height > natural.height
        if asked.turn.isTilted { intermediate = content.pixelCount > size.pixelCount ? content : size }
        guard content != size else { return }
        var place = Compass.center
        if case .compass(let compass) = asked.gravity { place = compass }
        // A place along an axis that has no room to spare makes no difference.
        layout = .pad(content: content, place.alongAxes(x: content.width < size.width, y: content.height < size.height))
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
    func contained(width boxWidth: Int, height boxHeight: Int, enlarge: Bool) -> PixelSize {
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

    /// What is seen of this size from that much closer.
    fileprivate func zoomed(_ zoom: Double) -> PixelSize {
        guard zoom != 1 else { return self }
        return PixelSize(
            width: max(1, Int((Double(width) / zoom).rounded())), height: max(1, Int((Double(height) / zoom).rounded()))
        )
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
