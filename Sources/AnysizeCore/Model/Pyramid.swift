/// Which levels originals have, and which of them a recipe is rendered from.
///
/// A level is a picture of ours: an exact halving of the original's upright pixels, in sRGB. Its index says how often it was
/// halved; index 0 is the full size. Both questions are answered by arithmetic on the original and the recipe alone, never by
/// what happens to be cached, or the same recipe would give other bytes on another node.
package struct Pyramid: Hashable, Sendable, Codable {
    /// Whether there are levels at all; without them every variant is rendered from its original.
    package var isEnabled: Bool
    /// The longest side of the largest level, in pixels.
    package var sideMax: Int

    /// No level is made whose longest side would be shorter, in pixels: from here on a render costs next to nothing.
    static let sideMin = 160

    package init(isEnabled: Bool = true, sideMax: Int = 2048) {
        self.isEnabled = isEnabled
        self.sideMax = sideMax
    }

    /// The levels of an upright original, largest first; at least one where there are levels at all.
    ///
    /// The largest is the first halving within ``sideMax``: the full size of an original that is no larger. Each further one
    /// is half of it, and the smallest serves everything that is smaller still.
    package func levels(of original: PixelSize) -> [PyramidLevel] {
        guard isEnabled else { return [] }
        var level = PyramidLevel(index: 0, of: original)
        while level.size.side > sideMax { level = PyramidLevel(index: level.index + 1, of: original) }
        var levels = [level]
        while true {
            level = PyramidLevel(index: level.index + 1, of: original)
            guard level.size.side >= Self.sideMin else { return levels }
            levels.append(level)
        }
    }

    /// What a recipe is rendered from: the smallest level with a fifth more pixels each way than the result needs, or else the largest,
    /// if that has as many. So the last step is always a reduction, by less than 2.4 wherever there is a level between. Of a level
    /// with hardly more pixels than the result, halving's own softness and what encoding it lost are all still there: 1 to 5 points of
    /// SSIMULACRA2.
    ///
    /// It is the original where the result shows other frames than the first, of which alone there are levels; where it needs
    /// more pixels than the largest level has, where it is to carry the original's metadata, where it is to have the original's very
    /// pixels: unscaled, in a lossless format; and where its borders are to be found.
    package func source(of recipe: SettledRecipe, for facts: PictureFacts) -> RenderSource {
        let region = recipe.crop?.size ?? facts.size
        let resampled = recipe.resampled(from: region)
        guard recipe.metadata == .none, recipe.trim == nil, !recipe.needsOtherFrames else { return .original }
        if resampled == region, recipe.format == .png || recipe.isLossless { return .original }
        let levels = levels(of: facts.size)
        let ample = PixelSize(width: (resampled.width * 6 + 4) / 5, height: (resampled.height * 6 + 4) / 5)
        for needed in [ample, resampled] {
            if let level = levels.last(where: { $0.has(needed, of: region) }) { return .level(level) }
        }
        // Nothing has more pixels than the full size, not even where the result is enlarged: except what is drawn anew.
        if let full = levels.first, full.index == 0, !facts.format.isVector { return .level(full) }
        return .original
    }
}

extension SettledRecipe {
    /// Whether it takes a helper even where it is made from a level: for a caller's text, for results that are decoded again on the way,
    /// by a decoder that only helpers have, and for what takes long.
    package func needsHelper(for facts: PictureFacts) -> Bool {
        if caption != nil || isQualityAuto && format != .jpeg { return true }
        return isHeavy(max(size.pixelCount, resampled(from: crop?.size ?? facts.size).pixelCount))
    }

    /// Whether making that many pixels takes seconds, or hundreds of megabytes. No encoder can be interrupted; a process that does nothing else can be ended.
    private func isHeavy(_ pixelCount: Int) -> Bool {
        let isSlow = format == .avif || format == .gif || isLossless || others.lossless != nil || others.plain == .gif
        // A search for a quality encodes several times.
        let encodings = isQualityAuto ? 6 : byteCountMax == nil || quality == nil ? 1 : 4
        return pixelCount * encodings > (isSlow ? 1_500_000 : 4_200_000)
    }
}

/// One level of one original's pyramid.
package struct PyramidLevel: Hashable, Sendable, Codable {
    /// How often the original was halved.
    package let index: Int
    /// In pixels; odd sides are rounded up each time.
    package let size: PixelSize

    package init(index: Int, of original: PixelSize) {
        self.index = index
        size = PixelSize(width: Self.halved(original.width, index), height: Self.halved(original.height, index))
    }

    /// The pixels of this level that show a region of the original; those at its edges may show a little more.
    func region(_ region: PixelRect) -> PixelRect {
        let left = region.left >> index
        let top = region.top >> index
        let right = Self.halved(region.left + region.width, index)
        let bottom = Self.halved(region.top + region.height, index)
        return PixelRect(left: left, top: top, width: right - left, height: bottom - top)
    }

    /// The same to fractions of a pixel.
    func window(_ region: PixelRect) -> PixelWindow {
        let scale = 1 / Double(1 << index)
        return PixelWindow(
            left: Double(region.left) * scale, top: Double(region.top) * scale, width: Double(region.width) * scale,
            height: Double(region.height) * scale
        )
    }

    private static func halved(_ side: Int, _ times: Int) -> Int { (side + (1 << times) - 1) >> times }

    /// Whether this level has at least `pixels` of a region of the original.
    fileprivate func has(_ pixels: PixelSize, of region: PixelSize) -> Bool {
        pixels.width <= Self.halved(region.width, index) && pixels.height <= Self.halved(region.height, index)
    }
}

/// What a variant is rendered from.
package enum RenderSource: Hashable, Sendable, CustomStringConvertible {
    case original
    case level(PyramidLevel)

    /// `original`, or `level-` and its index: part of the key, and told in `Cache-Status`.
    package var description: String {
        switch self {
        case .original: "original"
        case .level(let level): "level-\(level.index)"
        }
    }
}

/// A level with its encoded pixels. There is no other way to a `Renderer`, so nothing that was uploaded gets there.
package struct Level: Hashable, Sendable {
    package let place: PyramidLevel
    /// As Anysize itself encoded it.
    package let picture: Variant

    package init(place: PyramidLevel, picture: Variant) {
        self.place = place
        self.picture = picture
    }
}

extension PixelSize {
    /// The longer of the two.
    fileprivate var side: Int { max(width, height) }
}
