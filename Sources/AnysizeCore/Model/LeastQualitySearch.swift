/// Finds the lowest quality of a range at which a result looks good enough, by halving: at most six tries.
package struct LeastQualitySearch {
    private var low: Int
    private var high: Int

    /// The qualities among which `q=auto` chooses. Below, artefacts show in some part of nearly every picture; above, bytes
    /// grow and nothing is seen of it.
    package static func range(of format: ImageFormat) -> ClosedRange<Int> {
        switch format {
        case .avif, .heic: 35...82
        case .jpeg, .webp, .png, .gif, .tiff, .svg, .jxl, .pdf: 40...92
        }
    }

    /// The distance from the picture up to which a result is good enough. Each format has its own, since what it loses looks
    /// different: over 21 photographs at 480 pixels, results at it have a SSIMULACRA2 of 76 in the mean.
    package static func distanceMax(of format: ImageFormat) -> Double { format == .jpeg ? 0.043 : 0.056 }

    package init(in range: ClosedRange<Int>) {
        low = range.lowerBound
        high = range.upperBound
    }

    /// What to try next; nil where it is known.
    package var next: Int? { low < high ? (low + high) / 2 : nil }

    /// What was found: the highest of all where no lower one is good enough.
    package var found: Int { high }

    /// Takes note of the last try.
    package mutating func note(isGood: Bool) {
        guard let quality = next else { return }
        if isGood { high = quality } else { low = quality + 1 }
    }
}
