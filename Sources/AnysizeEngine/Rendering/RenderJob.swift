import AnysizeCore
import NIOCore
import Vips

/// One render: a plan carried out on an original's bytes, from the first to the last pixel, on one thread.
struct RenderJob {
    let plan: RenderPlan
    let limits: HeaderLimits
    let watch: Watch
    /// Where the cut by what pixels show has to be, once the first frame of an animation has decided that.
    var smartPlace: (left: Int, top: Int)?
    /// Of the bytes, once they have been looked at.
    private(set) var header: ImageHeader?
    /// What the plan puts on the picture, once it is ready, in this order.
    private(set) var stamps: [Stamp] = []

    init(plan: RenderPlan, limits: HeaderLimits, watch: Watch) {
        self.plan = plan
        self.limits = limits
        self.watch = watch
    }

    /// - Parameter overlay: the level that the plan's overlay is read from.
    func run(_ bytes: ByteBuffer, overlay: ByteBuffer? = nil) throws(RenderError) -> Rendered {
        try bytes.withUnsafeReadableBytes { (bytes) throws(RenderError) in
            guard let overlay else { return try self.run(bytes) }
            return try overlay.withUnsafeReadableBytes { (overlay) throws(RenderError) in
                try self.run(bytes, overlay: overlay)
            }
        }
    }

    /// On borrowed bytes, which must not change meanwhile.
    func run(_ bytes: UnsafeRawBufferPointer, overlay: UnsafeRawBufferPointer? = nil) throws(RenderError) -> Rendered {
        let clock = Stopwatch()
        var job = self
        job.header = try checkedHeader(bytes)
        return try SizedDocument.lend(bytes, as: plan.input) { [job] (bytes) throws(RenderError) in
            try job.runChecked(bytes, overlay: overlay, clock)
        }
    }

    private func runChecked(
        _ bytes: UnsafeRawBufferPointer, overlay: UnsafeRawBufferPointer?, _ clock: Stopwatch
    ) throws(RenderError) -> Rendered {
        if let trimmed = try trimmed(bytes) {
            let seconds = clock.lap()
            var rendered = try trimmed.run(bytes, overlay: overlay)
            rendered.timings.open += seconds
            return rendered
        }
        var job = self
        defer { for stamp in job.stamps { stamp.free() } }
        if let stamp = try Stamp(plan.overlay, overlay, watch) { job.stamps.append(stamp) }
        if let stamp = try Stamp(plan.caption) { job.stamps.append(stamp) }
        let rendered = try job.render(bytes, clock)
        try checkResult(rendered.variant)
        return rendered
    }

    private func render(_ bytes: UnsafeRawBufferPointer, _ clock: Stopwatch) throws(RenderError) -> Rendered {
        if plan.frameCount > 1 { return try frameByFrame(bytes, clock) }
        if let rendered = try reduced(bytes, clock) { return rendered }
        if let rendered = try streamed(bytes, clock) { return rendered }
        return try inSteps(bytes, clock)
    }

    /// A limit that was asked for is kept. And libheif says nothing where the encoder behind it runs out of memory: it writes a file without a picture in it.
    private func checkResult(_ variant: Variant) throws(RenderError) {
        if let max = plan.byteCountMax, variant.byteCount > max {
            throw .resultTooLarge(byteCount: variant.byteCount, max: max)
        }
        guard variant.format == .avif else { return }
        let header = variant.bytes.withUnsafeReadableBytes { try? ImageHeader.read($0, limits: HeaderLimits()) }
        guard let header, header.width == plan.size.width, header.height == plan.size.height else {
            throw .fatal(reason: .outOfMemory, cause: "the encoder left no picture")
        }
    }

    /// Decoding, resampling and encoding in one pass, row by row: a tenth less CPU than in steps, where nothing needs to have
    /// all pixels at once.
    /// - Returns: nil where it can't be done so, or failed: in steps it can be told whose fault that is.
    private func streamed(_ bytes: UnsafeRawBufferPointer, _ clock: Stopwatch) throws(RenderError) -> Rendered? {
        guard plan.isStreamable else { return nil }
        var timings = RenderTimings()
        do throws(VipsError) {
            let image = try load(bytes)
            guard !image.hasProfile, !image.isCMYK else { return nil }
            timings.open = clock.lap()
            let variant = try encode(try finish(try resize(image)))
            timings.encode = clock.lap()
            return Rendered(variant: variant, timings: timings)
        } catch {
            try RenderError.check(watch)
            return nil
        }
    }

    /// From a level: its rows are reduced in linear light as they are decoded, on this one thread.
    /// - Returns: nil where the plan isn't for a level, or enlarges it.
    private func reduced(_ bytes: UnsafeRawBufferPointer, _ clock: Stopwatch) throws(RenderError) -> Rendered? {
        guard let window = plan.window, window.has(plan.resized) else { return nil }
        var timings = RenderTimings()
        let level = try LevelImage(bytes, as: plan.input, watch)
        timings.open = clock.lap()
        let size = plan.resized
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: size.pixelCount * level.bands, alignment: 64)
        defer { memory.deallocate() }
        try level.reduce(window, to: size, into: memory)
        timings.resize = clock.lap()
        do throws(VipsError) {
            let pixels = try Image.of(
                UnsafeRawBufferPointer(memory), width: size.width, height: size.height, bands: level.bands)
            let variant = try encode(try finish(pixels))
            timings.encode = clock.lap()
            return Rendered(variant: variant, timings: timings)
        } catch { throw .working(error, watch) }
    }

    /// First the few pixels that are needed, then what is made of them.
    private func inSteps(_ bytes: UnsafeRawBufferPointer, _ clock: Stopwatch) throws(RenderError) -> Rendered {
        var timings = RenderTimings()
        let image: Image
        do throws(VipsError) { image = try load(bytes) } catch { throw .reading(error, watch) }
        timings.open = clock.lap()
        let memory: Image
        do throws(VipsError) { memory = try resize(image).inMemory() } catch { throw .reading(error, watch) }
        timings.resize = clock.lap()
        let variant: Variant
        do throws(VipsError) { variant = try encode(try finish(memory)) } catch { throw .working(error, watch) }
        timings.encode = clock.lap()
        return Rendered(variant: variant, timings: timings)
    }

    /// The stored bytes may not have come through an upload of this version: the same look again, before libvips has any.
    private func checkedHeader(_ bytes: UnsafeRawBufferPointer) throws(RenderError) -> ImageHeader {
        do throws(HeaderError) {
            let header = try ImageHeader.read(bytes, limits: limits)
            guard header.format == plan.input else { throw .unsupportedFormat }
            return header
        } catch { throw RenderError(error) }
    }

    func load(_ bytes: UnsafeRawBufferPointer) throws(VipsError) -> Image {
        if plan.input.isVector { return try withoutMetadata(try loadDrawing(bytes)) }
        let image = try Image.load(
            bytes, as: plan.input.loader, shrink: plan.shrinkOnLoad, page: plan.page, allPages: plan.frameCount > 1)
        image.watched(by: watch)
        return try withoutMetadata(try decoded(image))
    }

    /// What the original's samples mean, as far as its header says it.
    func decoded(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let header else { return try image.same() }
        return try Pixels.decoded(image, header)
    }

    /// With the metadata that is to be kept, and the profile, which is needed for a while. At once, since each operation copies
    /// all fields to its result, and a camera writes dozens. Never with what describes the stored pixels and will no longer hold.
    private func withoutMetadata(_ image: borrowing Image) throws(VipsError) -> Image {
        switch plan.metadata {
        case .none: return try image.keepingFields { $0.hasPrefix("icc-") }
        case .copyright:
            let bare = try image.keepingFields { $0.hasPrefix("icc-") }
            try bare.attach(image.rights)
            return bare
        case .keep:
            return try image.keepingFields {
                $0 != "orientation" && $0 != "exif-ifd0-Orientation" && !$0.hasPrefix("jpeg-thumbnail-")
            }
        }
    }

    /// Everything that reads the original's pixels; what it returns is no larger than needed, but not computed yet.
    func resize(_ image: borrowing Image) throws(VipsError) -> Image {
        let part = try cut(image)
        let pixels = plan.input.isVector ? try part.drawn() : try part.same()
        return try Pixels.resized(pixels, width: plan.resized.width, height: plan.resized.height)
    }

    private func cut(_ image: borrowing Image) throws(VipsError) -> Image {
        guard plan.source != PixelRect(whole: plan.stored) else { return try image.same() }
        let rect = plan.source.scaled(from: plan.stored, to: PixelSize(width: image.width, height: image.height))
        return try image.extract(left: rect.left, top: rect.top, width: rect.width, height: rect.height)
    }

    /// Everything that works on the few pixels in memory.
    func finish(_ image: borrowing Image) throws(VipsError) -> Image {
        let cut = try smartCrop(try upright(image))
        return try outlined(try stamped(try pad(try flatten(try adjust(cut)))))
    }

    /// In sRGB, turned and cut as asked for, as far as that needs no look at the pixels.
    func upright(_ image: borrowing Image) throws(VipsError) -> Image {
        let standard = try Pixels.toStandard(image)
        let turned =
            plan.orientation.isUpright ? standard : try Pixels.turned(try standard.inMemory(), plan.orientation)
        return try cutOut(try tilted(turned))
    }

    func smartCrop(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let crop = plan.smartCrop else { return try image.same() }
        if let place = smartPlace {
            return try image.extract(
                left: place.left, top: place.top, width: crop.size.width, height: crop.size.height)
        }
        return try image.inMemory().smartCrop(width: crop.size.width, height: crop.size.height, entropy: crop.byEntropy)
    }

    private func flatten(_ image: borrowing Image) throws(VipsError) -> Image {
        guard image.hasAlpha else { return try image.same() }
        if let colour = plan.background, colour.alpha > 0, !plan.needsFlatten {
            let coloured = try image.bands == 2 ? image.toSRGB() : image.same()
            return try coloured.over([colour.red, colour.green, colour.blue, colour.alpha].map(Double.init))
        }
        guard plan.needsFlatten else { return try image.same() }
        let colour = (plan.background ?? .white).onWhite
        let isGray = colour[0] == colour[1] && colour[1] == colour[2]
        if image.bands == 2, !isGray { return try image.toSRGB().flatten(background: colour) }
        return try image.flatten(background: image.bands == 2 ? [colour[0]] : colour)
    }

    private func pad(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let canvas = plan.canvas else { return try image.same() }
        var colour = plan.background ?? (image.hasAlpha ? .transparent : .white)
        if !plan.output.hasAlpha { colour.alpha = 255 }
        let coloured = try Pixels.showing(image, colour)
        let picture = !colour.isOpaque && !coloured.hasAlpha ? try coloured.withOpaqueAlpha() : coloured
        return try picture.embed(
            left: canvas.left, top: canvas.top, width: canvas.size.width, height: canvas.size.height,
            background: Pixels.channels(colour, of: picture)
        )
    }
}

extension RenderPlan {
    /// Whether each row of the result can be made as the rows of the original come: nothing is turned, looked at as a whole,
    /// or read twice.
    var isStreamable: Bool {
        orientation.isUpright && tilt == nil && smartCrop == nil && adjustments.isNone && !hasAlpha && overlay == nil
            && caption == nil && !input.isVector
    }
}

/// Seconds between laps.
final class Stopwatch {
    private var last = ContinuousClock.now

    func lap() -> Double {
        let now = ContinuousClock.now
        defer { last = now }
        return (now - last).seconds
    }
}
