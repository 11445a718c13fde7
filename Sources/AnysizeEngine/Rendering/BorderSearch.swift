import AnysizeCore

/// Finds what is left of a picture once its uniform borders are off, from rows as they come.
struct BorderSearch {
    /// The part of the stored pixels to look at.
    private let area: PixelRect
    private let bands: Int
    private let hasAlpha: Bool
    private let tolerance: Int
    private let colour: [UInt8]

    private var left = Int.max
    private var right = Int.min
    private var top = Int.max
    private var bottom = Int.min

    /// - Parameters:
    ///   - colour: the border's, one byte a channel.
    ///   - tolerance: levels by which a channel may differ; colours count by how much of them shows.
    init(area: PixelRect, colour: [UInt8], hasAlpha: Bool, tolerance: Int) {
        self.area = area
        self.colour = colour
        self.hasAlpha = hasAlpha
        self.tolerance = tolerance
        bands = colour.count
    }

    /// What is left; all of the area where there is nothing but border.
    var rest: PixelRect {
        guard top <= bottom else { return area }
        return PixelRect(left: left, top: top, width: right - left + 1, height: bottom - top + 1)
    }

    /// Looks at a stored row; those outside the area don't matter.
    /// - Parameter row: all of it, one byte a channel.
    mutating func add(row y: Int, _ row: UnsafeRawBufferPointer) {
        guard (area.top..<area.top + area.height).contains(y) else { return }
        let end = area.left + area.width
        guard let first = (area.left..<end).first(where: { !isBorder(row, $0) }) else { return }
        top = min(top, y)
        bottom = y
        left = min(left, first)
        // Only beyond what is known to be picture can there be anything new.
        var last = end - 1
        while last > max(first, right), isBorder(row, last) { last -= 1 }
        right = max(right, last)
    }

    private func isBorder(_ row: UnsafeRawBufferPointer, _ x: Int) -> Bool {
        let start = x * bands
        guard hasAlpha else {
            for band in 0..<bands where abs(Int(row[start + band]) - Int(colour[band])) > tolerance { return false }
            return true
        }
        let (alpha, borderAlpha) = (Int(row[start + bands - 1]), Int(colour[bands - 1]))
        guard abs(alpha - borderAlpha) <= tolerance else { return false }
        for band in 0..<bands - 1 {
            let difference = Int(row[start + band]) * alpha - Int(colour[band]) * borderAlpha
            if abs(difference) > tolerance * 255 { return false }
        }
        return true
    }
}
