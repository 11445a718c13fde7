/// Finds the highest quality at which a result is small enough, by halving: at most nine tries, the first at the quality that
/// was asked for, which is often the last.
package struct QualitySearch {
    /// Below it nobody would take the result for the picture.
    package static let lowest = 10

    private var low: Int
    private var high: Int
    private var isFirst = true
    /// The highest quality that is known to fit.
    package private(set) var found: Int?

    /// - Parameter quality: 1 to 100; none above it is tried.
    package init(from quality: Int) {
        high = quality
        low = min(Self.lowest, quality)
    }

    /// What to try next; nil where it is known.
    package var next: Int? {
        guard low <= high else { return nil }
        return isFirst ? high : (low + high) / 2
    }

    /// Takes note of the last try.
    package mutating func note(fits: Bool) {
        guard let quality = next else { return }
        isFirst = false
        if fits {
            found = quality
            low = quality + 1
        } else {
            high = quality - 1
        }
    }
}
