/// Another original that is put on the picture, as it was asked for.
package struct Overlay: Hashable, Sendable, Codable {
    package var id: OriginalID
    /// Of a box that it is scaled into, its proportions kept; nil where that side has all the room there is. With neither, it keeps
    /// its own size. Pixels are those of ``Recipe/width``, before `dpr`; percent are of the result's side.
    package var width: Length?
    package var height: Length?
    /// Where its left and upper edge are, likewise; nil for where ``gravity`` puts it.
    package var left: Length?
    package var top: Length?
    package var gravity = Overlay.defaultGravity
    /// Between it and the edges that ``gravity`` counts from, in pixels before `dpr`, 0 to 8192.
    package var padding = Overlay.defaultPadding
    /// 0 to 100; 0 is no overlay.
    package var opacity = 100

    package init(id: OriginalID) { self.id = id }

    package static let defaultPadding = 10
    package static let defaultGravity = Compass.southeast
}

/// An overlay on one result.
package struct SettledOverlay: Hashable, Sendable, Codable {
    package var id: OriginalID
    /// Where it is on the result, in pixels; always inside.
    package var place: PixelRect
    /// Whether its height alone says how wide it is; otherwise its width says how high.
    package var isSizedByHeight: Bool
    /// 1 to 100.
    package var opacity: Int
}

extension Recipe {
    /// The overlay on a result of that size; nil where there is none, or nothing to see of it.
    /// - Parameter facts: of the original that it names, where that is at hand.
    func settledOverlay(_ facts: PictureFacts?, on result: PixelSize) throws(RecipeError) -> SettledOverlay? {
        guard let overlay, overlay.opacity > 0 else { return nil }
        guard let facts else { throw RecipeError("overlay", "overlay names an original that isn't at hand here.") }
        return overlay.settled(facts.size, on: result, dpr: dpr)
    }
}

extension Overlay {
    /// Decides size and place: never larger than the room it has, and never outside.
    /// - Parameters:
    ///   - picture: the size of the overlay's own upright pixels.
    ///   - result: the size of what it is put on.
    func settled(_ picture: PixelSize, on result: PixelSize, dpr: Double) -> SettledOverlay {
        let pad = min(Self.device(padding, dpr), (min(result.width, result.height) - 1) / 2)
        let room = PixelSize(
            width: left == nil ? result.width - 2 * pad : result.width,
            height: top == nil ? result.height - 2 * pad : result.height
        )
        var box = (width: width?.scaled(by: dpr, of: result.width), height: height?.scaled(by: dpr, of: result.height))
        if box.width == nil, box.height == nil {
            box = (Self.device(picture.width, dpr), Self.device(picture.height, dpr))
        }
        let size = picture.contained(
            width: min(max(1, box.width ?? room.width), room.width),
            height: min(max(1, box.height ?? room.height), room.height), enlarge: true
        )
        let spare = (x: result.width - size.width, y: result.height - size.height)
        let place = PixelRect(
            left: left.map { min($0.scaled(by: dpr, of: result.width), spare.x) }
                ?? pad + Int(Double(spare.x - 2 * pad) * gravity.x),
            top: top.map { min($0.scaled(by: dpr, of: result.height), spare.y) }
                ?? pad + Int(Double(spare.y - 2 * pad) * gravity.y),
            width: size.width, height: size.height
        )
        let byWidth = picture.contained(width: size.width, height: result.height, enlarge: true)
        return SettledOverlay(id: id, place: place, isSizedByHeight: byWidth != size, opacity: opacity)
    }

    /// The same for a `dpr` of 1.
    /// - Parameter picture: the size of the overlay's own upright pixels.
    func folded(_ dpr: Double, _ picture: PixelSize) -> Overlay {
        var folded = self
        folded.width = width?.folded(dpr)
        folded.height = height?.folded(dpr)
        folded.left = left?.folded(dpr)
        folded.top = top?.folded(dpr)
        folded.padding = min(Recipe.sideMax, Self.device(padding, dpr))
        if width == nil, height == nil, dpr != 1 {
            folded.width = Length.pixels(picture.width).folded(dpr)
            folded.height = Length.pixels(picture.height).folded(dpr)
        }
        return folded
    }

    /// The parameters that ask for it.
    var parameters: [String] {
        var parts = ["overlay=\(id)"]
        if gravity != Self.defaultGravity { parts.append("overlay-gravity=\(gravity.rawValue)") }
        if let height { parts.append("overlay-h=\(height.text)") }
        if opacity != 100 { parts.append("overlay-opacity=\(opacity)") }
        if padding != Self.defaultPadding { parts.append("overlay-padding=\(padding)") }
        if let width { parts.append("overlay-w=\(width.text)") }
        if let left { parts.append("overlay-x=\(left.text)") }
        if let top { parts.append("overlay-y=\(top.text)") }
        return parts
    }

    private static func device(_ pixels: Int, _ dpr: Double) -> Int { Int((Double(pixels) * dpr).rounded()) }
}

extension SettledOverlay {
    /// The parameters that say the same again, sorted.
    var parameters: [String] {
        var parts = ["overlay=\(id)"]
        if isSizedByHeight { parts.append("overlay-h=\(place.height)") }
        if opacity != 100 { parts.append("overlay-opacity=\(opacity)") }
        if !isSizedByHeight { parts.append("overlay-w=\(place.width)") }
        return parts + ["overlay-x=\(place.left)", "overlay-y=\(place.top)"]
    }
}

/// What an overlay's pixels come from: always one of its levels, so that nothing that was uploaded is decoded for it.
package struct OverlaySource: Hashable, Sendable, Codable {
    /// Of the overlay's original.
    package let digest: Digest
    /// Of its upright pixels.
    package let size: PixelSize
    package let level: PyramidLevel

    /// Nil where the recipe shows no overlay.
    /// - Parameters:
    ///   - digest: of the overlay's original, as all that follows.
    ///   - recipe: of the picture that it is put on.
    package init?(_ digest: Digest, _ facts: PictureFacts, for recipe: SettledRecipe, of pyramid: Pyramid) {
        guard let place = recipe.overlay?.place else { return nil }
        self.digest = digest
        size = facts.size
        // With borders to take off, its size is known only once they are.
        level =
            recipe.trim == nil
            ? pyramid.level(of: facts.size, with: place.size) : pyramid.always.levels(of: facts.size)[0]
    }
}

extension Pyramid {
    /// The same levels, whatever the setting: overlays have nothing else to come from.
    package var always: Pyramid { Pyramid(isEnabled: true, sideMax: sideMax) }

    /// The smallest level that has as many pixels as an overlay of that size needs, or else the largest there is.
    package func level(of original: PixelSize, with pixels: PixelSize) -> PyramidLevel {
        let levels = always.levels(of: original)
        return levels.last { $0.size.width >= pixels.width && $0.size.height >= pixels.height } ?? levels[0]
    }
}
