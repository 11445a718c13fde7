/// Name and value pairs as they come, each parameter once however it is spelt.
struct GivenParameters {
    var values: [RecipeParameter: (name: String, value: String)] = [:]

    init() {}

    mutating func add(_ parameter: RecipeParameter, name: String, value: String) throws(RecipeError) {
        if parameter == .format, try addAuto(name, value) { return }
        // One grammar has the gravity in `crop`: a word there is a gravity, numbers are a rectangle.
        var parameter = parameter
        if name == "crop", let first = value.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            first != UInt8(ascii: "-")
        {
            parameter = .gravity
        }
        // Only says that the focal point is meant, which is given by itself.
        if parameter == .gravity, value == "focalpoint" || value == "focal" { return }
        guard values[parameter] == nil else {
            throw RecipeError(name, "\(name) is given more than once, perhaps under another name.")
        }
        values[parameter] = (name, value)
    }

    func recipe() throws(RecipeError) -> Recipe {
        var recipe = Recipe()
        if let (name, value) = values[.width] { recipe.width = try side(name, value) }
        if let (name, value) = values[.height] { recipe.height = try side(name, value) }
        if let (name, value) = values[.dpr] { recipe.dpr = try number(name, value, in: 0.5...5) }
        if let (name, value) = values[.aspectRatio] { recipe.aspectRatio = try aspectRatio(name, value) }
        if let (name, value) = values[.fit] { recipe.fit = try fit(name, value) }
        if let (name, value) = values[.gravity] { recipe.gravity = try gravity(name, value) }
        if let (name, point) = try focalPoint() {
            if let (other, _) = values[.gravity] {
                throw RecipeError(name, "\(name) and \(other) contradict each other: give one.")
            }
            recipe.gravity = point
        }
        if let (name, value) = values[.crop] { recipe.crop = try crop(name, value) }
        if let (name, value) = values[.focalPointZoom] { recipe.zoom = try zoom(name, value) }
        recipe.trimTolerance = try trimTolerance()
        recipe.turn = try turn()
        recipe.outline = try outline()
        if let (name, value) = values[.upscale] {
            // One grammar enlarges by default, and has a word against it.
            recipe.allowsUpscale = try truth(name, value) != (name == "we")
        }
        if let (name, value) = values[.format] { (recipe.format, recipe.plainFormat) = try format(name, value) }
        if let (name, value) = values[.frame] { recipe.frame = try frame(name, value) }
        if let (name, value) = values[.quality] {
            recipe.isQualityAuto = value == "auto"
            if !recipe.isQualityAuto { recipe.quality = try quality(name, value) }
        }
        if let (name, value) = values[.maxBytes] {
            recipe.byteCountMax = try integer(name, value, in: Recipe.byteCountMaxRange, unit: " bytes")
        }
        if let (name, value) = values[.lossless] { recipe.isLossless = try truth(name, value) }
        if let (name, value) = values[.background] {
            recipe.background = try color(name, value)
        }
        if let (name, value) = values[.metadata] {
            guard let policy = MetadataPolicy(rawValue: value) else {
                throw .value(name, mustBe: "none, copyright or keep")
            }
            recipe.metadata = policy
        }
        recipe.adjustments = try adjustments()
        recipe.overlay = try overlay()
        recipe.caption = try caption()
        if let (name, value) = values[.version] { recipe.version = try version(name, value) }
        try check(recipe)
        return recipe
    }

    /// What can be told wrong without knowing the original.
    private func check(_ recipe: Recipe) throws(RecipeError) {
        try checkFrame(recipe)
        if let (name, _) = values[.aspectRatio] {
            guard (recipe.width == nil) != (recipe.height == nil) else {
                throw RecipeError(name, "\(name) goes with exactly one of w and h.")
            }
            guard recipe.fit == .cover || recipe.fit == .pad else {
                throw RecipeError(name, "\(name) goes with fit=cover or fit=pad.")
            }
        }
        if let (name, _) = values[.focalPointZoom], recipe.zoom != 1 {
            let sideCount = [values[.width], values[.height], values[.aspectRatio]].count { $0 != nil }
            guard recipe.fit == .cover, sideCount == 2 else {
                throw RecipeError(name, "\(name) goes with fit=cover, w and h.")
            }
            guard !recipe.gravity.needsPixels, !recipe.turn.isTilted else {
                throw RecipeError(name, "\(name) goes with a fixed gravity, and turns by multiples of 90 only.")
            }
        }
        if let (name, _) = values[.lossless], recipe.isLossless {
            switch recipe.format {
            case .original, .auto, .exactly(.png), .exactly(.webp), .exactly(.avif): break
            case .smaller: throw RecipeError(name, "\(name) goes with one format.")
            case .exactly: throw RecipeError(name, "\(name) goes with format=png, webp or avif.")
            }
        }
    }

    private func side(_ name: String, _ value: String) throws(RecipeError) -> Int {
        try integer(name, value, in: 1...Recipe.sideMax, unit: " pixels")
    }

    private func quality(_ name: String, _ value: String) throws(RecipeError) -> Int {
        guard !ForeignWord.qualities.contains(value) else {
            throw RecipeError(
                name, "A quality is a number from 1 to 100, or auto, which finds the lowest that looks good.")
        }
        return try integer(name, value, in: 1...100, unit: ", or auto")
    }

    private func aspectRatio(_ name: String, _ value: String) throws(RecipeError) -> Double {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false).map { DecimalText.parse($0) }
        let ratio: Double? =
            switch parts.count {
            case 1: parts[0]
            case 2: parts[0].flatMap { first in parts[1].map { $0 > 0 ? first / $0 : 0 } }
            default: nil
            }
        guard let ratio, (0.01...100).contains(ratio) else {
            throw .value(name, mustBe: "width to height as 3:2 or 1.5, from 1:100 to 100:1")
        }
        return ratio
    }

    private func fit(_ name: String, _ value: String) throws(RecipeError) -> Fit {
        if let fit = Fit(rawValue: value) { return fit }
        switch value {
        case "inside", "clip", "max", "scale-down", "limit": return .contain
        case "crop": return .cover
        case "scale", "force", "squeeze": return .stretch
        case "fillmax": return .pad
        default:
            if let advice = ForeignWord.fit[value] { throw RecipeError(name, advice) }
            throw .value(name, mustBe: "contain, cover, pad, outside or stretch")
        }
    }

    private func gravity(_ name: String, _ value: String) throws(RecipeError) -> Gravity {
        if let compass = Compass(words: value) { return .compass(compass) }
        if let point = focalPoint(value) { return point }
        if value.split(separator: ",").contains(where: { $0 == "faces" || $0 == "face" }) {
            throw RecipeError(name, "Faces need a detector, and there is none; smart comes nearest.")
        }
        switch value {
        case "smart", "attention", "sm", "auto", "edges", "edges,entropy": return .smart
        case "entropy", "entropy,edges": return .entropy
        default:
            throw .value(
                name,
                mustBe: "center, north, south, east, west, a corner as northwest or top-left, smart or entropy"
            )
        }
    }

    /// A point as `0.5x0.25`.
    private func focalPoint(_ text: String) -> Gravity? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { DecimalText.parse($0) }
        guard parts.count == 2, let x = parts[0], let y = parts[1], (0...1).contains(x), (0...1).contains(y) else {
            return nil
        }
        return .focalPoint(x: Self.share(x), y: Self.share(y))
    }

    private func zoom(_ name: String, _ value: String) throws(RecipeError) -> Double {
        (try number(name, value, in: 1...100) * 100).rounded() / 100
    }

    private func focalPoint() throws(RecipeError) -> (name: String, point: Gravity)? {
        let rule = "two numbers from 0 to 1, as 0.5,0.25"
        if let (name, value) = values[.focalPoint] {
            if let (other, _) = values[.focalPointX] ?? values[.focalPointY] {
                throw RecipeError(other, "\(other) and \(name) say the same: give one.")
            }
            let parts = value.split(separator: ",", omittingEmptySubsequences: false).map { DecimalText.parse($0) }
            guard parts.count == 2, let x = parts[0], let y = parts[1], (0...1).contains(x), (0...1).contains(y) else {
                throw .value(name, mustBe: rule)
            }
            return (name, .focalPoint(x: Self.share(x), y: Self.share(y)))
        }
        guard let (name, _) = values[.focalPointX] ?? values[.focalPointY] else { return nil }
        var point = (x: 0.5, y: 0.5)
        if let (name, value) = values[.focalPointX] { point.x = try number(name, value, in: 0...1) }
        if let (name, value) = values[.focalPointY] { point.y = try number(name, value, in: 0...1) }
        return (name, .focalPoint(x: Self.share(point.x), y: Self.share(point.y)))
    }

    /// To four digits, so that it is written the same way wherever it is written.
    private static func share(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }

    private func crop(_ name: String, _ value: String) throws(RecipeError) -> CropRect {
        let lengths = value.split(separator: ",", omittingEmptySubsequences: false).map { length(String($0)) }
        guard lengths.count == 4, let left = lengths[0], let top = lengths[1], let width = lengths[2],
            let height = lengths[3], width != .pixels(0), height != .pixels(0)
        else {
            throw .value(
                name,
                mustBe:
                    "x,y,width,height in pixels or percent of the upright original, as 10,0,400,300 or 10%,0%,50%,50%")
        }
        return CropRect(left: left, top: top, width: width, height: height)
    }

    private func length(_ text: String) -> Length? {
        guard text.hasSuffix("%") else {
            guard !text.isEmpty, text.utf8.count <= 6, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return Int(text).map { .pixels($0) }
        }
        guard let share = DecimalText.parse(text.dropLast()), (0...100).contains(share) else { return nil }
        return .percent(share)
    }

    private func version(_ name: String, _ value: String) throws(RecipeError) -> String {
        let lower = value.lowercased()
        guard (8...64).contains(lower.utf8.count),
            lower.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw .value(name, mustBe: "the first 8 to 64 hexadecimal digits of the original's digest") }
        return lower
    }
}
