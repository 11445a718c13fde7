import AnysizeCore
import NIOCore
import Resampling
import Vips

/// For the quality that was asked for by what comes of it: how it looks, how many bytes it has.
extension RenderJob {
    /// - Parameter image: in memory.
    func fitting(_ image: borrowing Image) throws(VipsError) -> Variant {
        if let sample = sample(of: image) { return try fitting(image, by: sample) }
        let (quality, variant) = try goodEnough(image)
        guard let byteCountMax = plan.byteCountMax, variant.byteCount > byteCountMax, let quality else {
            return variant
        }
        return try smallEnough(image, byteCountMax, below: quality, variant)
    }

    /// At the quality that was asked for, or the lowest that looks good enough.
    private func goodEnough(_ image: borrowing Image) throws(VipsError) -> (quality: Int?, Variant) {
        guard plan.isQualityAuto else { return (plan.searchedQuality, try encode(image, at: plan.quality)) }
        // What the first frame needs, all of an animation gets.
        let seen = try plan.frameCount > 1 ? image.frame(0) : image.same()
        let (quality, variant) = try leastQuality(seen)
        if let variant, plan.frameCount == 1 { return (quality, variant) }
        return (quality, try encode(image, at: quality))
    }

    /// The lowest quality that looks good enough, and its result if that was looked at.
    private func leastQuality(
        _ image: borrowing Image, tileSide: Int? = nil
    ) throws(VipsError) -> (Int, Variant?) {
        // Light fringes don't show on white, nor dark ones on black.
        let grounds: [Float] = image.hasAlpha ? [0, 255] : [0]
        let comparisons = try luma(of: image, on: grounds).map { Dissimilarity(reference: $0, tileSide: tileSide) }
        var search = LeastQualitySearch(in: LeastQualitySearch.range(of: plan.output))
        var last: (quality: Int, Variant)?
        while let quality = search.next {
            try checkWatch()
            let variant = try encode(image, at: quality)
            // What is too small to be compared gets the highest quality.
            let distances = zip(comparisons, try luma(of: variant, on: grounds)).map {
                $0.distance(to: $1) ?? .infinity
            }
            let distance = distances.max() ?? .infinity
            let isGood = distance <= LeastQualitySearch.distanceMax(of: plan.output)
            if isGood { last = (quality, variant) }
            search.note(isGood: isGood)
        }
        if let last, last.quality == search.found { return last }
        return (search.found, nil)
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
}

/// Of a large picture: a sample is encoded often, and the whole once or twice.
extension RenderJob {
    /// Nil where the whole is encoded.
    private func sample(of image: borrowing Image) -> SearchSample? {
        guard plan.searchSample != nil, plan.searchedQuality != nil, plan.isQualityAuto || plan.byteCountMax != nil,
            image.isByte
        else { return nil }
        return SearchSample(of: PixelSize(width: image.width, height: image.height))
    }

    private func fitting(_ image: borrowing Image, by sample: SearchSample) throws(VipsError) -> Variant {
        let bands = image.bands
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: sample.size.pixelCount * bands, alignment: 64)
        defer { memory.deallocate() }
        try Self.lay(sample, of: image, into: memory)
        let tiles = try Image.of(
            UnsafeRawBufferPointer(memory), width: sample.size.width, height: sample.size.height, bands: bands)
        tiles.watched(by: watch)
        let quality =
            plan.isQualityAuto
            ? try leastQuality(tiles, tileSide: sample.tileSide).0 : plan.searchedQuality ?? QualitySearch.lowest
        guard let byteCountMax = plan.byteCountMax else { return try encode(image, at: quality) }
        return try smallEnough(image, byteCountMax, from: quality, by: tiles)
    }

    private static func lay(
        _ sample: SearchSample, of image: borrowing Image, into memory: UnsafeMutableRawBufferPointer
    ) throws(VipsError) {
        let (bands, width) = (image.bands, sample.size.width)
        var y = 0
        let error = image.readRows(16) { rows, count, stride in
            for row in 0..<count {
                for tile in sample.tiles where tile.source.top <= y && y < tile.source.top + tile.source.height {
                    let start = ((tile.top + y - tile.source.top) * width + tile.left) * bands
                    let from = row * stride + tile.source.left * bands
                    let byteCount = tile.source.width * bands
                    UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + byteCount])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rows[from..<from + byteCount]))
                }
                y += 1
            }
            return true
        }
        if let error { throw error }
    }

    /// A quality near the highest that is small enough; where none that was tried is, the smallest result.
    private func smallEnough(
        _ image: borrowing Image, _ byteCountMax: Int, from quality: Int, by tiles: borrowing Image
    ) throws(VipsError) -> Variant {
        var sizes: [Int: Int] = [:]
        // Bytes of the whole for one of the tiles, which is learnt with each try.
        var share = Double(image.width * image.height) / Double(tiles.width * tiles.height)
        var (ceiling, best) = (quality, nil as Variant?)
        for triesLeft in (1...plan.searchTryCountMax).reversed() {
            // With one try only it has to fit. With more, what may fit as it is is tried so.
            let room = Double(byteCountMax) * (best != nil ? 0.98 : triesLeft > 1 ? 0.95 : 0.85)
            let isWorthIt = triesLeft > 1 && best == nil
            var search = QualitySearch(from: ceiling, tryCountMax: SearchSample.tryCountMax)
            var isFirst = true
            while let quality = search.next {
                try checkWatch()
                if sizes[quality] == nil { sizes[quality] = try encode(tiles, at: quality).byteCount }
                let predicted = Double(sizes[quality] ?? 0) * share
                search.note(fits: predicted <= (isFirst && isWorthIt ? 1.2 * room : room))
                isFirst = false
            }
            let found = search.found ?? min(QualitySearch.lowest, ceiling)
            try checkWatch()
            let variant = try encode(image, at: found)
            if best.map({ variant.byteCount < $0.byteCount }) ?? true { best = variant }
            guard variant.byteCount > byteCountMax, found > QualitySearch.lowest else { break }
            share = Double(variant.byteCount) / Double(sizes[found] ?? variant.byteCount)
            ceiling = found - 1
        }
        // There is always a first try.
        if let best { return best }
        return try encode(image, at: quality)
    }
}
