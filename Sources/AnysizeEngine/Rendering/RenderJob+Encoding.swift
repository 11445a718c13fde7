import AnysizeCore
import NIOCore
import Resampling
import Vips

/// The last step: from pixels to a file.
extension RenderJob {
    func encode(_ image: borrowing Image) throws(VipsError) -> Variant {
        let kept = try bled(try withoutProfile(image))
        kept.watched(by: watch)
        guard plan.byteCountMax != nil || plan.isQualityAuto || !plan.otherOutputs.isEmpty else {
            return try encode(kept, at: plan.quality)
        }
        let memory = try kept.inMemory()
        memory.watched(by: watch)
        var best = try fitting(memory)
        for other in [try lossless(memory), try plain(memory)] {
            if let other, other.byteCount <= best.byteCount { best = other }
        }
        return best
    }

    /// AVIF's encoder takes colours as they come, behind transparency too; WebP's sees to that by itself.
    private func bled(_ image: borrowing Image) throws(VipsError) -> Image {
        guard plan.output == .avif, !plan.isLossless, image.hasAlpha, image.isByte,
            let channels = PictureShape.Channels(rawValue: image.bands)
        else { return try image.same() }
        let (width, height, watch) = (image.width, image.height, watch)
        return try image.canvas(bands: image.bands) { (memory) throws(VipsError) in
            try image.write(to: memory)
            let picture = PixelRows(memory, width: width, height: height, channels: channels)
            guard AlphaBleeding.run(picture, while: { watch.reason == .none }) else {
                throw VipsError(operation: "encode", message: "stopped")
            }
        }
    }

    private func plain(_ image: borrowing Image) throws(VipsError) -> Variant? {
        guard let format = plan.otherOutputs.plain, format.hasAlpha || !image.hasAlpha else { return nil }
        return try encode(image, as: format, isLossless: false, at: plan.plainQuality)
    }

    /// Without loss, where that is worth a try: drawings become small so, and look better; photographs never do, unless they are tiny.
    private func lossless(_ image: borrowing Image) throws(VipsError) -> Variant? {
        guard let format = plan.otherOutputs.lossless else { return nil }
        if plan.size.pixelCount <= SettledRecipe.OtherFormats.tinyPixelCountMax {
            return try encode(image, as: format, isLossless: true)
        }
        var flatness = Flatness()
        let (bands, width) = (image.bands, image.width)
        let error = image.readRows(16) { rows, count, stride in
            flatness.add(rows: rows, count: count, stride: stride, width: width, channels: bands)
            return true
        }
        if let error { throw error }
        guard flatness.isDrawing else { return nil }
        return try encode(image, as: format, isLossless: true)
    }

    private func encode(
        _ image: borrowing Image, as format: ImageFormat, isLossless: Bool, at quality: Int? = nil
    ) throws(VipsError) -> Variant {
        try checkWatch()
        var plan = plan
        (plan.output, plan.isLossless) = (format, isLossless)
        return try RenderJob(plan: plan, limits: limits, watch: watch).encode(image, at: quality)
    }

    func checkWatch() throws(VipsError) {
        guard watch.reason == .none else { throw VipsError(operation: "encode", message: "stopped") }
    }

    func encode(_ image: borrowing Image, at quality: Int?) throws(VipsError) -> Variant {
        let encoded = try image.encode(plan.encoding(at: quality), stripped: plan.metadata == .none)
        let bytes = encoded.withBytes { ByteBuffer(bytes: $0) }
        let isBare = plan.output == .webp && plan.metadata == .none
        return Variant(bytes: isBare ? WebPContainer.stripped(bytes) : bytes, format: plan.output)
    }

    /// Everything is sRGB by now, which needs no profile.
    private func withoutProfile(_ image: borrowing Image) throws(VipsError) -> Image {
        guard image.hasProfile else { return try image.same() }
        return try image.keepingFields { !$0.hasPrefix("icc-") }
    }
}

extension RenderPlan {
    /// Results with more pixels than this are progressive: smaller by some percent from there on, and shown early.
    private static let progressivePixelCountMin = 150_000

    /// Of the plain format beside the first: nil for its default.
    fileprivate var plainQuality: Int? {
        guard let quality, quality != SettledRecipe.defaultQuality(of: output) else { return nil }
        return output == .avif ? AVIFQuality.jpeg(like: quality) : quality
    }

    /// Where a search for one begins: nil where the encoder knows no quality.
    var searchedQuality: Int? {
        isLossless ? nil : SettledRecipe.defaultQuality(of: output).map { quality ?? $0 }
    }

    /// What the encoder is asked for. Efforts were chosen on photographs: for AVIF at 1280 pixels, one step
    /// more takes 40 % more time and gains 1 % in squared error at the same bytes. For animated GIF, effort 3 takes half the time
    /// of 5 for 1 % more bytes, and the tolerance, which nobody sees, saves a quarter of them.
    fileprivate func encoding(at quality: Int?) -> Encoding {
        let quality = quality ?? SettledRecipe.defaultQuality(of: output) ?? 80
        return switch output {
        case .jpeg:
            .jpeg(quality: quality, progressive: size.pixelCount >= Self.progressivePixelCountMin)
        case .png: .png(compression: 6, filtered: true)
        case .webp: .webp(quality: quality, lossless: isLossless, effort: 4)
        // Those beyond AVIF are never written.
        case .avif, .heic, .tiff, .svg, .jxl, .pdf: .avif(quality: quality, lossless: isLossless, effort: 1)
        case .gif:
            frameCount > 1 ? .gif(effort: 3, frameTolerance: 8) : .gif(effort: 5, frameTolerance: 0)
        }
    }
}
