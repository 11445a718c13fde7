/// The shape a result is cut out to; what lies outside becomes background.
package enum Outline: Hashable, Sendable, Codable {
    /// The largest circle in the middle.
    case circle
    /// The ellipse that touches all four sides.
    case ellipse
    /// The whole rectangle with its corners rounded.
    case corners(Corners)

    /// Radii in pixels, clockwise from the top left.
    package struct Corners: Hashable, Sendable, Codable {
        package var topLeft: Int
        package var topRight: Int
        package var bottomRight: Int
        package var bottomLeft: Int

        package init(topLeft: Int, topRight: Int, bottomRight: Int, bottomLeft: Int) {
            self.topLeft = topLeft
            self.topRight = topRight
            self.bottomRight = bottomRight
            self.bottomLeft = bottomLeft
        }

        fileprivate func map(_ change: (Int) -> Int) -> Corners {
            Corners(
                topLeft: change(topLeft), topRight: change(topRight), bottomRight: change(bottomRight),
                bottomLeft: change(bottomLeft))
        }

        fileprivate var isSquare: Bool { self == Corners(topLeft: 0, topRight: 0, bottomRight: 0, bottomLeft: 0) }
        fileprivate var isEven: Bool { topLeft == topRight && topLeft == bottomRight && topLeft == bottomLeft }

        /// One number, or one for each corner.
        package var text: String {
            isEven ? "\(topLeft)" : "\(topLeft),\(topRight),\(bottomRight),\(bottomLeft)"
        }
    }

    /// The largest radius that can be asked for, in pixels: no side of a result is longer.
    static let radiusMax = Recipe.sideMax

    /// The same outline in device pixels.
    func scaled(by dpr: Double) -> Outline {
        guard case .corners(let corners) = self else { return self }
        return .corners(corners.map { min(Self.radiusMax, Int((Double($0) * dpr).rounded())) })
    }

    /// The one name of this outline on a result of that size: radii that are too large for a side are all made smaller, in
    /// proportion, as CSS does (CSS Backgrounds 3, 4.5). Nil where it changes nothing.
    /// - Parameter size: nil where it isn't known yet.
    func settled(for size: PixelSize?) -> Outline? {
        guard let size else {
            if case .corners(let corners) = self, corners.isSquare { return nil }
            return self
        }
        switch self {
        case .circle: return .circle
        case .ellipse: return size.width == size.height ? .circle : .ellipse
        case .corners(let corners):
            var (numerator, denominator) = (1, 1)
            for (side, sum) in [
                (size.width, corners.topLeft + corners.topRight),
                (size.width, corners.bottomLeft + corners.bottomRight),
                (size.height, corners.topLeft + corners.bottomLeft),
                (size.height, corners.topRight + corners.bottomRight),
            ] where side * denominator < sum * numerator { (numerator, denominator) = (side, sum) }
            let fitting = corners.map { $0 * numerator / denominator }
            return fitting.isSquare ? nil : .corners(fitting)
        }
    }

    /// The parameter that asks for it, as name and value.
    package var text: String {
        switch self {
        case .circle: "mask=circle"
        case .ellipse: "mask=ellipse"
        case .corners(let corners): "radius=\(corners.text)"
        }
    }
}
