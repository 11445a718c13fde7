import Synchronization

/// Predicts the seconds of one render, and learns from those that have ended.
///
/// The shape is fixed: nanoseconds a pixel for each codec, by rough measurement on one core (decoding, resampling, encoding
/// a photograph). What the machine at hand makes of it is one factor, followed while it runs.
package final class RenderCost: Sendable {
    /// Actual over predicted, smoothed.
    private let factor = Mutex(1.0)
    /// The same for examining, which makes levels too.
    private let examiningFactor = Mutex(1.0)

    package init() {}

    package func seconds(of plan: RenderPlan) -> Double {
        factor.withLock { $0 } * Self.nominalSeconds(of: plan)
    }

    /// Seconds of decoding an original whole.
    package func seconds(ofExamining pixelCount: Int, format: ImageFormat) -> Double {
        examiningFactor.withLock { $0 } * Self.nominalSeconds(ofExamining: pixelCount, format: format)
    }

    /// Takes note of what examining an original took.
    package func learn(examining pixelCount: Int, format: ImageFormat, seconds: Double) {
        let ratio = seconds / Self.nominalSeconds(ofExamining: pixelCount, format: format)
        examiningFactor.withLock { $0 = Self.smoothed($0, ratio) }
    }

    private static func nominalSeconds(ofExamining pixelCount: Int, format: ImageFormat) -> Double {
        0.002 + Double(pixelCount) * decodeNanoseconds(format) * 1e-9
    }

    /// Takes note of what a render of that plan took.
    package func learn(_ plan: RenderPlan, seconds: Double) {
        let ratio = seconds / Self.nominalSeconds(of: plan)
        factor.withLock { $0 = Self.smoothed($0, ratio) }
    }

    /// One odd job moves it by little; the bounds keep a stopped clock or a paused machine from poisoning it.
    private static func smoothed(_ factor: Double, _ ratio: Double) -> Double {
        min(20, max(0.05, factor * 0.9 + ratio * 0.1))
    }

    /// Seconds on an idle machine of the usual kind; the same for the same plan everywhere.
    /// - Parameter tries: encodings that a search for a size is counted as.
    static func nominalSeconds(of plan: RenderPlan, tries: Int = 4) -> Double {
        let read = Double(plan.stored.pixelCount) * decodeNanoseconds(plan.input) / (plan.shrinkOnLoad > 1 ? 2 : 1)
        let shrunk = Double(plan.source.size.pixelCount) / Double(plan.shrinkOnLoad * plan.shrinkOnLoad)
        let encodings = plan.encodingCount(tries: tries)
        let written = Double(plan.size.pixelCount) * encodings * encodeNanoseconds(plan)
        let adjusted = Double(plan.size.pixelCount) * adjustNanoseconds(plan.adjustments, hasAlpha: plan.hasAlpha)
        let others = plan.otherOutputs.all.reduce(0) {
            $0 + Double(plan.size.pixelCount) * encodeNanoseconds($1, isLossless: $1 == plan.otherOutputs.lossless)
        }
        // A frame can only be read after those before it.
        let decoded = read * Double(max(plan.frameCount, plan.page + 1))
        let pixels = shrunk * (plan.hasAlpha ? 25 : 8) + plan.shapingNanoseconds + adjusted + written + others
        let stamped = Self.overlayNanoseconds(of: plan) + Self.captionNanoseconds(of: plan)
        let made = (pixels + stamped) * Double(plan.frameCount)
        let framed = encodings * frameSeconds(plan.output) + plan.otherOutputs.all.reduce(0) { $0 + frameSeconds($1) }
        return 0.001 + Double(plan.frameCount) * framed + (decoded + made) * 1e-9
    }

    /// The same with as many encodings as a search can take.
    static func longestSeconds(of plan: RenderPlan) -> Double {
        nominalSeconds(of: plan, tries: QualitySearch.tryCountMax)
    }

    private static func adjustNanoseconds(_ adjustments: Adjustments, hasAlpha: Bool) -> Double {
        var nanoseconds = 0.0
        if adjustments.changesColours { nanoseconds += 15 }
        if adjustments.saturation != 0 || adjustments.hue != 0 { nanoseconds += 130 }
        if adjustments.tint != nil { nanoseconds += 130 }
        if adjustments.blur > 0 { nanoseconds += 40 }
        if adjustments.sharpen > 0 { nanoseconds += 35 }
        if adjustments.pixelate > 0 { nanoseconds += 10 }
        return hasAlpha ? nanoseconds * 1.5 : nanoseconds
    }

    /// What a frame takes however few pixels it has: choosing a palette, for the most part.
    private static func frameSeconds(_ format: ImageFormat) -> Double { format == .gif ? 0.012 : 0.0005 }

    /// Of decoding the overlay's level, resampling it with its alpha, and mixing.
    private static func overlayNanoseconds(of plan: RenderPlan) -> Double {
        guard let overlay = plan.overlay else { return 0 }
        return Double(overlay.level.pixelCount) * 25 + Double(overlay.place.size.pixelCount) * 60
    }

    /// Of a helper's way, of drawing letters up to nine times as large as they will be, and of mixing.
    private static func captionNanoseconds(of plan: RenderPlan) -> Double {
        guard let caption = plan.caption else { return 0 }
        let ink = Double(caption.text.unicodeScalars.count * caption.size * caption.size)
        return 3e6 + ink * 20 + min(ink, Double(plan.size.pixelCount)) * 60
    }

    fileprivate static func decodeNanoseconds(_ format: ImageFormat) -> Double {
        switch format {
        case .jpeg: 8
        case .png, .gif: 15
        case .webp: 15
        case .avif, .heic: 30
        case .tiff: 15
        case .jxl: 60
        case .svg, .pdf: 40
        }
    }

    fileprivate static func encodeNanoseconds(_ plan: RenderPlan) -> Double {
        switch plan.output {
        // Those that large are progressive.
        case .jpeg: plan.size.pixelCount < 150_000 ? 20 : 45
        case .avif where !plan.isLossless: avifNanoseconds(quality: Double(plan.quality ?? 65))
        default: encodeNanoseconds(plan.output, isLossless: plan.isLossless)
        }
    }

    private static func avifNanoseconds(quality: Double) -> Double {
        150 + 6 * quality + 5 * max(0, quality - 60)
    }

    private static func encodeNanoseconds(_ format: ImageFormat, isLossless: Bool) -> Double {
        switch format {
        case .jpeg: 20
        case .png: 200
        case .gif: 400
        case .webp: isLossless ? 900 : 120
        // Those beyond AVIF are never written.
        case .avif, .heic, .tiff, .svg, .jxl, .pdf: 700
        }
    }
}

extension RenderPlan {
    /// Encodings of the whole result that a search for a size takes at most, the first one among them: fewer where each takes long. By
    /// the plan alone, since it decides which quality is found.
    package var searchTryCountMax: Int {
        let one = Double(size.pixelCount) * Double(frameCount) * RenderCost.encodeNanoseconds(self) * 1e-9
        let count = Int(min(Self.searchSecondsMax / one - encodingCountForLooks, 100))
        return max(1, min(count, searchSample == nil ? QualitySearch.tryCountMax : 3))
    }

    /// Nominal seconds in which these have to be done, where that takes more than one: well within what a helper may take for all of
    /// its job.
    private static let searchSecondsMax = 3.5

    /// Of the result, as shares of it where a sample is encoded: a search for a quality that is good enough takes six, and looks at each.
    /// Of an animation it looks at the first frame only.
    private var encodingCountForLooks: Double { isQualityAuto && frameCount == 1 ? 6 * sampledShare : 0 }

    private var sampledShare: Double {
        searchSample.map { Double($0.size.pixelCount) / Double(size.pixelCount) } ?? 1
    }

    /// Likewise, of all that is encoded.
    /// - Parameter tries: what a search for a size takes if nothing bounds it.
    fileprivate func encodingCount(tries: Int) -> Double {
        let count = 1 + encodingCountForLooks
        guard byteCountMax != nil, quality != nil || isQualityAuto else { return count }
        let sampled = searchSample == nil ? 0 : Double(SearchSample.tryCountMax - 1) * sampledShare
        return count + Double(min(tries, searchTryCountMax) - 1) + sampled
    }

    /// What turning by any angle and cutting out take, measured roughly on one core.
    fileprivate var shapingNanoseconds: Double {
        let turning = tilt.map { Double($0.canvas.pixelCount) * 90 } ?? 0
        // Borders are looked for in a decode of their own.
        let trimming = trim == nil ? 0 : Double(stored.pixelCount) * (RenderCost.decodeNanoseconds(input) + 2)
        return turning + trimming + (outline == nil ? 0 : Double(size.pixelCount) * 12)
    }
}
