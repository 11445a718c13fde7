/// Finds the highest quality at which a result is small enough, by halving: the first try is at the quality that was asked for, and
/// often the last. With fewer than nine tries it finds one that is less high, with two or more never none where there is one.
package struct QualitySearch {
    /// Below it nobody would take the result for the picture.
    package static let lowest = 10
    /// As many as it ever takes.
    package static let tryCountMax = 9

    private var triesLeft: Int
    private var low: Int
    private var high: Int
    private var isFirst = true
    /// The highest quality that is known to fit.
    package private(set) var found: Int?

    /// - Parameters:
    ///   - quality: 1 to 100; none above it is tried.
    ///   - tryCountMax: 1 or more.
    package init(from quality: Int, tryCountMax: Int = Self.tryCountMax) {
        triesLeft = tryCountMax
        high = quality
        low = min(Self.lowest, quality)
    }

    /// What to try next; nil where it is known.
    package var next: Int? {
        guard low <= high, triesLeft > 0 else { return nil }
        if isFirst { return high }
        // The last try is one that fits, if any does.
        return triesLeft == 1 && found == nil ? low : (low + high) / 2
    }

    /// Takes note of the last try.
    package mutating func note(fits: Bool) {
        guard let quality = next else { return }
        isFirst = false
        triesLeft -= 1
        if fits {
            found = quality
            low = quality + 1
        } else {
            high = quality - 1
        }
    }
}
