/// A size in whole pixels, at least 1 each way where it is a picture's.
package struct PixelSize: Hashable, Sendable, Codable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    package var pixelCount: Int { width * height }
    package var transposed: PixelSize { PixelSize(width: height, height: width) }
}

/// A rectangle in whole pixels, from the top left corner.
package struct PixelRect: Hashable, Sendable, Codable {
    package var left: Int
    package var top: Int
    package var width: Int
    package var height: Int

    package init(left: Int, top: Int, width: Int, height: Int) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    package init(whole size: PixelSize) { self.init(left: 0, top: 0, width: size.width, height: size.height) }

    package var size: PixelSize { PixelSize(width: width, height: height) }
}

/// A rectangle in pixels and fractions of them, from the top left corner: the first pixel covers 0 to 1.
package struct PixelWindow: Hashable, Sendable, Codable {
    package var left: Double
    package var top: Double
    package var width: Double
    package var height: Double
}

/// A distance that is pixels or a share of a side.
package enum Length: Hashable, Sendable, Codable {
    case pixels(Int)
    /// 0 to 100.
    case percent(Double)

    /// Whole pixels of a side that is `side` long.
    func resolved(of side: Int) -> Int {
        switch self {
        case .pixels(let count): count
        case .percent(let share): Int((Double(side) * share / 100).rounded())
        }
    }

    /// Device pixels of a result: those of the caller by `dpr`, and a share of its side as it is.
    func scaled(by dpr: Double, of side: Int) -> Int {
        switch self {
        case .pixels(let count): Int((Double(count) * dpr).rounded())
        case .percent: resolved(of: side)
        }
    }

    /// The same for a `dpr` of 1; at most as long as a side can be.
    func folded(_ dpr: Double) -> Length {
        switch self {
        case .pixels: .pixels(min(Recipe.sideMax, scaled(by: dpr, of: 0)))
        case .percent(let share): .percent(share == 0 ? 0 : max(1, (share * 10_000).rounded()) / 10_000)
        }
    }

    /// As a parameter's value, percent-encoded.
    var text: String {
        switch self {
        case .pixels(let count): "\(count)"
        case .percent(let share): "\(DecimalText.print(share))%25"
        }
    }
}

/// The part of an original that a recipe works on, before anything else.
package struct CropRect: Hashable, Sendable {
    package var left: Length
    package var top: Length
    package var width: Length
    package var height: Length

    package init(left: Length, top: Length, width: Length, height: Length) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    /// The rectangle inside a picture of that size; nil where nothing of it is inside.
    package func resolved(in size: PixelSize) -> PixelRect? {
        let x = left.resolved(of: size.width)
        let y = top.resolved(of: size.height)
        let right = min(size.width, x.addingReportingOverflow(width.resolved(of: size.width)).partialValue)
        let bottom = min(size.height, y.addingReportingOverflow(height.resolved(of: size.height)).partialValue)
        guard x >= 0, y >= 0, right > x, bottom > y else { return nil }
        return PixelRect(left: x, top: y, width: right - x, height: bottom - y)
    }
}

/// How stored pixels become upright ones: a turn, then perhaps a mirror. From EXIF orientation 1 to 8 (CIPA DC-008, 4.6.4).
package struct Orientation: Hashable, Sendable, Codable {
    /// Clockwise: 0, 90, 180 or 270.
    package let degrees: Int
    /// Left to right, after the turn.
    package let isMirrored: Bool

    /// Anything outside 1 to 8 means upright, as viewers do.
    package init(exif: Int) {
        degrees =
            switch exif {
            case 3, 4: 180
            case 5, 6: 90
            case 7, 8: 270
            default: 0
            }
        isMirrored = [2, 4, 5, 7].contains(exif)
    }

    /// - Parameter degrees: 0, 90, 180 or 270.
    package init(degrees: Int, isMirrored: Bool) {
        self.degrees = degrees
        self.isMirrored = isMirrored
    }

    package var isUpright: Bool { degrees == 0 && !isMirrored }

    /// Both one after the other, as one.
    package func followed(by next: Orientation) -> Orientation {
        // Behind a mirror, a turn is one the other way round.
        let turned = isMirrored ? degrees - next.degrees : degrees + next.degrees
        return Orientation(degrees: (turned + 360) % 360, isMirrored: isMirrored != next.isMirrored)
    }
    /// Whether width and height change places.
    package var swapsAxes: Bool { degrees == 90 || degrees == 270 }

    /// What leads back. A mirror and what it is with a turn lead back by themselves.
    package var inverse: Orientation {
        isMirrored ? self : Orientation(degrees: (360 - degrees) % 360, isMirrored: false)
    }

    /// The size of the stored pixels of a picture that is `size` upright, and the other way round.
    package func applied(to size: PixelSize) -> PixelSize { swapsAxes ? size.transposed : size }

    /// Where a rectangle of the upright picture lies in the stored pixels.
    /// - Parameter upright: the size of the whole upright picture.
    package func stored(_ rect: PixelRect, upright: PixelSize) -> PixelRect {
        let left = isMirrored ? upright.width - rect.left - rect.width : rect.left
        let right = upright.width - left - rect.width
        let bottom = upright.height - rect.top - rect.height
        return switch degrees {
        case 90: PixelRect(left: rect.top, top: right, width: rect.height, height: rect.width)
        case 180: PixelRect(left: right, top: bottom, width: rect.width, height: rect.height)
        case 270: PixelRect(left: bottom, top: left, width: rect.height, height: rect.width)
        default: PixelRect(left: left, top: rect.top, width: rect.width, height: rect.height)
        }
    }
}
