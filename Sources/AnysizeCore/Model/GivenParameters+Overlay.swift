/// `overlay`, and how it is put on the picture.
extension GivenParameters {
    private static let overlayParameters: [RecipeParameter] = [
        .overlayWidth, .overlayHeight, .overlayX, .overlayY, .overlayGravity, .overlayPadding, .overlayOpacity,
    ]

    func overlay() throws(RecipeError) -> Overlay? {
        guard let (name, value) = values[.overlay] else {
            for parameter in Self.overlayParameters {
                if let (name, _) = values[parameter] { throw RecipeError(name, "\(name) goes with overlay.") }
            }
            return nil
        }
        guard let id = OriginalID(value) else {
            throw .value(name, mustBe: "the id of another original: \(OriginalID.rule)")
        }
        var overlay = Overlay(id: id)
        if let (name, value) = values[.overlayWidth] { overlay.width = try share(name, value, atLeast: 1) }
        if let (name, value) = values[.overlayHeight] { overlay.height = try share(name, value, atLeast: 1) }
        if let (name, value) = values[.overlayX] { overlay.left = try share(name, value, atLeast: 0) }
        if let (name, value) = values[.overlayY] { overlay.top = try share(name, value, atLeast: 0) }
        if let (name, value) = values[.overlayGravity] { overlay.gravity = try compass(name, value) }
        if let (name, value) = values[.overlayPadding] {
            overlay.padding = try integer(name, value, in: 0...Recipe.sideMax, unit: " pixels")
        }
        if let (name, value) = values[.overlayOpacity] { overlay.opacity = try integer(name, value, in: 0...100) }
        return overlay
    }

    func compass(_ name: String, _ value: String) throws(RecipeError) -> Compass {
        guard let compass = Compass(words: value) else {
            throw .value(name, mustBe: "center, north, south, east, west, or a corner as northwest or top-left")
        }
        return compass
    }

    /// Pixels, or a share of the result's side: in percent, or as a number up to 1 with a point in it.
    func share(_ name: String, _ value: String, atLeast min: Int) throws(RecipeError) -> Length {
        let hundredth = name.hasSuffix("-scale")
        if value.hasSuffix("%") || value.contains(".") || hundredth {
            let number = DecimalText.parse(value.hasSuffix("%") ? value.dropLast() : value[...])
            let percent = number.map { value.hasSuffix("%") || hundredth ? $0 : $0 * 100 }
            if let percent, (0...100).contains(percent), percent > 0 || min == 0 { return .percent(percent) }
        } else if value.utf8.count <= 4, let pixels = try? integer(name, value, in: min...Recipe.sideMax) {
            return .pixels(pixels)
        }
        throw .value(
            name,
            mustBe: hundredth
                ? "percent of the result's side, up to 100"
                : "\(min) to \(Recipe.sideMax) pixels, or a share of the result's side as 25% or 0.25")
    }
}
