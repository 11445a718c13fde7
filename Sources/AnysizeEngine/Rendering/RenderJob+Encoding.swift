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
        return try encode(image, as: format, isLossless: false)
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
        _ image: borrowing Image, as format: ImageFormat, isLossless: Bool
    ) throws(VipsError) -> Variant {
        try checkWatch()
        var plan = plan
        (plan.output, plan.isLossless) = (format, isLossless)
        return try RenderJob(plan: plan, limits: limits, watch: watch).encode(image, at: nil)
    }

    private func fitting(_ memory: borrowing Image) throws(VipsError) -> Variant {
        let (quality, variant) = try goodEnough(memory)
        guard let byteCountMax = plan.byteCountMax, variant.byteCount > byteCountMax, let quality else {
            return variant
        }
        return try smallEnough(memory, byteCountMax, below: quality, variant)
    }

    /// At the quality that was asked for, or the lowest that looks good enough.
    private func goodEnough(_ image: borrowing Image) throws(VipsError) -> (quality: Int?, Variant) {
        guard plan.isQualityAuto else { return (plan.searchedQuality, try encode(image, at: plan.quality)) }
        // What the first frame needs, all of an animation gets.
        let sample = try plan.frameCount > 1 ? image.frame(0) : image.same()
        // Light fringes don't show on white, nor dark ones on black.
        let grounds: [Float] = sample.hasAlpha ? [0, 255] : [0]
        let comparisons = try luma(of: sample, on: grounds).map { Dissimilarity(reference: $0) }
        var search = LeastQualitySearch(in: LeastQualitySearch.range(of: plan.output))
        var last: (quality: Int, Variant)?
        while let quality = search.next {
            try checkWatch()
            let variant = try encode(sample, at: quality)
            // What is too small to be compared gets the highest quality.
            let distances = zip(comparisons, try luma(of: variant, on: grounds)).map {
                $0.distance(to: $1) ?? .infinity
            }
            let distance = distances.max() ?? .infinity
            let isGood = distance <= LeastQualitySearch.distanceMax(of: plan.output)
            if isGood { last = (quality, variant) }
            search.note(isGood: isGood)
        }
        if let last, last.quality == search.found, plan.frameCount == 1 { return last }
        return (search.found, try encode(image, at: search.found))
    }

    private func luma(of variant: Variant, on grounds: [Float]) throws(VipsError) -> [LumaPlane] {
        try variant.bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
            let image = try Image.load(bytes, as: plan.output.loader)
            image.watched(by: watch)
            return try luma(of: image, on: grounds)
        }
    }

    /// In one pass, which is all that an image being decoded has.
    private func luma(of image: borrowing Image, on grounds: [Float]) throws(VipsError) -> [LumaPlane] {
        guard image.isByte, let channels = PictureShape.Channels(rawValue: image.bands) else {
            throw VipsError(operation: "encode", message: "pixels of another kind")
        }
        let (width, height) = (image.width, image.height)
        var planes = grounds.map { LumaPlane(width: width, height: height, ground: $0) }
        let error = image.readRows(16) { rows, count, stride in
            for index in planes.indices {
                planes[index].add(rows: rows, count: count, stride: stride, channels: channels)
            }
            return true
        }
        if let error { throw error }
        return planes
    }

    private func checkWatch() throws(VipsError) {
        guard watch.reason == .none else { throw VipsError(operation: "encode", message: "stopped") }
    }

    /// The best that is small enough; where nothing is, the smallest, which ``checkResult(_:)`` refuses.
    private func smallEnough(
        _ image: borrowing Image, _ byteCountMax: Int, below quality: Int, _ first: Variant
    ) throws(VipsError) -> Variant {
        var search = QualitySearch(from: quality, tryCountMax: plan.searchTryCountMax)
        search.note(fits: false)
        var best = first
        while let quality = search.next {
            try checkWatch()
            let variant = try encode(image, at: quality)
            let fits = variant.byteCount <= byteCountMax
            if fits || (best.byteCount > byteCountMax && variant.byteCount < best.byteCount) { best = variant }
            search.note(fits: fits)
        }
        return best
    }

    private func encode(_ image: borrowing Image, at quality: Int?) throws(VipsError) -> Variant {
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

    /// Where a search for one begins: nil where the encoder knows no quality.
    fileprivate var searchedQuality: Int? {
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
