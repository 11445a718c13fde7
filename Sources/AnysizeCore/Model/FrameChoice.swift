/// Which frames of an animation the result has.
package enum FrameChoice: Hashable, Sendable {
    /// All of them, where original and result can both be animations; else the first.
    case usual
    /// All of them: the same, said aloud.
    case all
    /// One, counted from 1.
    case number(Int)
}

extension Recipe {
    /// The highest number that a frame can be asked for by; how many an original has is another matter.
    package static let frameNumberMax = 100_000

    /// The format of a result that is an animation; nil where it will be a still.
    func animationFormat(for facts: PictureFacts, accepting accepted: AcceptedFormats) -> ImageFormat? {
        if case .number = frame { return nil }
        guard facts.isAnimated else { return nil }
        switch format {
        case .exactly(let format), .smaller(let format, _, _): return format.isAnimated ? format : nil
        case .original: return facts.format
        // What must lose nothing is a PNG where WebP can't be: a GIF would lose most colours.
        case .auto:
            if accepted.contains(.webp) { return .webp }
            return isLossless || plainFormat?.isAnimated == false ? nil : plainFormat ?? .gif
        }
    }

    /// Whether what will be shown can be transparent. Of the first frame it is known, of others it is assumed.
    /// - Parameter format: of the result; nil for one that shows one frame.
    func mayHaveAlpha(_ facts: PictureFacts, as format: ImageFormat?) -> Bool {
        if case .number(let number) = frame { return facts.hasAlpha || number > 1 }
        return facts.hasAlpha || facts.isAnimated && format?.isAnimated == true
    }

    /// The one frame that the result shows, where it isn't the usual one: nil for all frames, and for the first one where
    /// nothing else could be.
    func settledFrame(of facts: PictureFacts, as format: ImageFormat) throws(RecipeError) -> Int? {
        guard case .number(let number) = frame else { return nil }
        guard number <= facts.pageCount else {
            throw RecipeError(
                "frame", "There is no frame \(number): the original has \(facts.pageCount), counted from 1.")
        }
        return number == 1 && !(facts.isAnimated && format.isAnimated) ? nil : number
    }
}

extension PictureFacts {
    /// Whether there is more than one frame that can be rendered.
    package var isAnimated: Bool { pageCount > 1 && format.isAnimated }
}

extension ImageFormat {
    /// Whether animations of this format are read and written as such.
    package var isAnimated: Bool { self == .gif || self == .webp }
}
