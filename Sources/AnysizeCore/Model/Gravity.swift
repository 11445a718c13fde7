/// Which part of the picture stays when some is cut, and where it sits when some is added.
package enum Gravity: Hashable, Sendable, Codable {
    case compass(Compass)
    /// Where libvips finds most attention: skin, saturation, edges.
    case smart
    /// Where libvips finds most entropy.
    case entropy
    /// A point of the picture as shares of its width and height, 0 to 1; kept in the middle as far as the edges allow.
    case focalPoint(x: Double, y: Double)

    package static let center = Gravity.compass(.center)

    /// Whether the cut depends on the pixels and not only on sizes.
    package var needsPixels: Bool { self == .smart || self == .entropy }

    /// The parameter that asks for it, as name and value.
    package var text: String {
        switch self {
        case .compass(let compass): "gravity=\(compass.rawValue)"
        case .smart: "gravity=smart"
        case .entropy: "gravity=entropy"
        case .focalPoint(let x, let y): "fp=\(DecimalText.print(x)),\(DecimalText.print(y))"
        }
    }

    /// Where a length of `part` begins within `whole`, for each axis.
    package func offset(of part: PixelSize, in whole: PixelSize) -> (left: Int, top: Int) {
        let spare = (x: Double(whole.width - part.width), y: Double(whole.height - part.height))
        switch self {
        case .compass(let compass):
            return (Int((spare.x * compass.x).rounded(.down)), Int((spare.y * compass.y).rounded(.down)))
        case .focalPoint(let x, let y):
            let left = (Double(whole.width) * x - Double(part.width) / 2).rounded()
            let top = (Double(whole.height) * y - Double(part.height) / 2).rounded()
            return (Int(min(max(left, 0), max(spare.x, 0))), Int(min(max(top, 0), max(spare.y, 0))))
        case .smart, .entropy:
            return (Int(spare.x / 2), Int(spare.y / 2))
        }
    }
}

/// The nine places.
package enum Compass: String, CaseIterable, Sendable, Codable {
    case center
    case north, south, east, west
    case northeast, northwest, southeast, southwest

    /// Share of the spare width that is on the left of what stays.
    package var x: Double {
        switch self {
        case .west, .northwest, .southwest: 0
        case .center, .north, .south: 0.5
        case .east, .northeast, .southeast: 1
        }
    }

    /// Share of the spare height that is above what stays.
    package var y: Double {
        switch self {
        case .north, .northeast, .northwest: 0
        case .center, .east, .west: 0.5
        case .south, .southeast, .southwest: 1
        }
    }

    /// The words taken for each, in any order of the two axes: `top-left`, `left,top`, `nw`.
    package init?(words: String) {
        let parts = words.split(whereSeparator: { $0 == "-" || $0 == "," || $0 == "_" })
        if let exact = Compass(rawValue: words) ?? Self.short[words] {
            self = exact
            return
        }
        var x = 0.5
        var y = 0.5
        var seen = Set<String>()
        guard (1...2).contains(parts.count) else { return nil }
        for part in parts {
            let axis: String
            switch part {
            case "top": (y, axis) = (0, "y")
            case "bottom": (y, axis) = (1, "y")
            case "left": (x, axis) = (0, "x")
            case "right": (x, axis) = (1, "x")
            case "center", "centre": axis = "center"
            case "middle": axis = "middle"
            default: return nil
            }
            guard seen.insert(axis).inserted else { return nil }
        }
        guard let compass = Self.allCases.first(where: { $0.x == x && $0.y == y }) else { return nil }
        self = compass
    }

    private static let short: [String: Compass] = [
        "c": .center, "n": .north, "s": .south, "e": .east, "w": .west, "ne": .northeast, "nw": .northwest,
        "se": .southeast, "sw": .southwest, "north-east": .northeast, "north-west": .northwest,
        "south-east": .southeast, "south-west": .southwest,
        // Two letters an axis, as another widespread URL grammar has them.
        "no": .north, "so": .south, "ea": .east, "we": .west, "noea": .northeast, "nowe": .northwest,
        "soea": .southeast, "sowe": .southwest, "ce": .center,
    ]
}
