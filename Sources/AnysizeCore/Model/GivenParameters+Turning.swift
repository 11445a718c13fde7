/// Turns, mirrors and outlines.
extension GivenParameters {
    func turn() throws(RecipeError) -> Turn {
        var centidegrees = 0
        if let (name, value) = values[.rotate] { centidegrees = try rotation(name, value) }
        guard let (name, value) = values[.flip] else { return Turn(centidegrees: centidegrees, flip: nil) }
        let flip = try flip(name, value)
        // Where it is a switch without a value, it acts before the turn; here it does after.
        guard Flip(rawValue: value) != nil || centidegrees % 18_000 == 0 else {
            throw RecipeError(
                name,
                "\(name) without h or v acts before a turn in the grammar it comes from; say flip=h or flip=v, which act after."
            )
        }
        return Turn(centidegrees: centidegrees, flip: flip)
    }

    /// Hundredths of a degree, clockwise.
    private func rotation(_ name: String, _ value: String) throws(RecipeError) -> Int {
        let isNegative = value.hasPrefix("-")
        guard let degrees = DecimalText.parse(isNegative ? value.dropFirst() : value[...]), degrees <= 360 else {
            throw .value(name, mustBe: "degrees clockwise from -360 to 360, as 90 or 12.5")
        }
        let centidegrees = Int((degrees * 100).rounded()) * (isNegative ? -1 : 1)
        if name == "rot", centidegrees % 18_000 != 0 {
            throw RecipeError(
                name,
                "rot turns clockwise in one grammar, and counter-clockwise inside the same frame in another; say rotate, which is clockwise and turns the frame as well."
            )
        }
        if name == "or", ![9000, 18_000, 27_000].contains(centidegrees) {
            throw RecipeError(
                name,
                "or is 90, 180 or 270 degrees clockwise; the orientation that a file states is always applied first. For other turns say rotate, for mirrors flip."
            )
        }
        return centidegrees
    }

    private func flip(_ name: String, _ value: String) throws(RecipeError) -> Flip {
        if value == "1" || value == "true" { return name == "flop" ? .horizontal : .vertical }
        guard name == "flip", let flip = Flip(rawValue: value == "vh" ? "hv" : value) else {
            throw .value(name, mustBe: name == "flop" ? "1" : "h, v or hv")
        }
        return flip
    }

    func outline() throws(RecipeError) -> Outline? {
        var corners: Outline?
        if let (name, value) = values[.radius] { corners = .corners(try radii(name, value)) }
        guard let (name, value) = values[.mask] else { return corners }
        if let (other, _) = values[.radius], value != "corners" {
            throw RecipeError(name, "\(name) and \(other) contradict each other: give one.")
        }
        switch value {
        case "circle": return .circle
        case "ellipse": return .ellipse
        case "corners":
            guard let corners else { throw RecipeError(name, "\(name)=corners goes with radius.") }
            return corners
        default: throw .value(name, mustBe: "circle, ellipse or corners")
        }
    }

    private func radii(_ name: String, _ value: String) throws(RecipeError) -> Outline.Corners {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 4 else {
            throw .value(name, mustBe: "one number of pixels, or four from the top left clockwise, as 20 or 20,20,0,0")
        }
        var radii: [Int] = []
        for part in parts {
            radii.append(
                try integer(name, String(part), in: 0...Outline.radiusMax, unit: " pixels, once or four times"))
        }
        return Outline.Corners(
            topLeft: radii[0], topRight: radii[parts.count == 4 ? 1 : 0], bottomRight: radii[parts.count == 4 ? 2 : 0],
            bottomLeft: radii[parts.count == 4 ? 3 : 0]
        )
    }
}
