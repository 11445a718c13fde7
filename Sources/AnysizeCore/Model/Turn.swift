#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a caller has done to the upright picture besides sizing it: a turn, then perhaps a mirror.
package struct Turn: Hashable, Sendable, Codable {
    /// Clockwise, in hundredths of a degree, 0 to 35 999.
    package let centidegrees: Int
    /// Left to right, after the turn.
    package let isMirrored: Bool

    package static let none = Turn(centidegrees: 0, flip: nil)

    /// - Parameters:
    ///   - centidegrees: clockwise; anything beyond one turn is folded into it.
    ///   - flip: after the turn. Top to bottom is half a turn and a mirror, so each picture has one name.
    package init(centidegrees: Int, flip: Flip?) {
        let half = flip == .vertical || flip == .both ? 18_000 : 0
        let folded = (centidegrees % 36_000 + half) % 36_000
        self.centidegrees = folded < 0 ? folded + 36_000 : folded
        isMirrored = flip == .horizontal || flip == .vertical
    }

    /// The part of the turn that moves whole pixels, mirror included.
    package var quarters: Orientation {
        Orientation(degrees: (centidegrees + 4500) / 9000 % 4 * 90, isMirrored: isMirrored)
    }

    /// What remains after ``quarters``, which takes resampling: degrees clockwise, -45 to 45.
    package var tilt: Double {
        let rest = centidegrees - (centidegrees + 4500) / 9000 * 9000
        return Double(isMirrored ? -rest : rest) / 100
    }

    package var isTilted: Bool { centidegrees % 9000 != 0 }

    /// The size of a picture of that size once it is turned: of the smallest canvas around it where it is tilted.
    package func size(of upright: PixelSize) -> PixelSize {
        let turned = quarters.applied(to: upright)
        guard isTilted else { return turned }
        let (sine, cosine) = (sin(abs(tilt) * .pi / 180), cos(tilt * .pi / 180))
        let (width, height) = (Double(turned.width), Double(turned.height))
        return PixelSize(
            width: Self.whole(width * cosine + height * sine), height: Self.whole(width * sine + height * cosine))
    }

    /// Whole pixels around a length, which may be off by what arithmetic loses.
    private static func whole(_ length: Double) -> Int { max(1, Int((length - 1e-6).rounded(.up))) }
}

/// A mirror: left to right, top to bottom, or both.
package enum Flip: String, CaseIterable, Sendable {
    case horizontal = "h"
    case vertical = "v"
    case both = "hv"
}
