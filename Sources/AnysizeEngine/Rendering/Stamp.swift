import AnysizeCore
import Vips

/// An overlay or a caption ready to be put on a picture: its pixels at their size, and where they go.
struct Stamp {
    private let memory: UnsafeMutableRawBufferPointer
    private let bands: Int
    private let place: PixelRect
    /// 0 to 1.
    private let opacity: Double

    /// - Parameters:
    ///   - memory: taken over.
    ///   - opacity: 0 to 1.
    init(_ memory: UnsafeMutableRawBufferPointer, bands: Int, at place: PixelRect, opacity: Double) {
        self.memory = memory
        self.bands = bands
        self.place = place
        self.opacity = opacity
    }

    /// Nil where the plan has no overlay.
    /// - Parameter bytes: of the level that it is read from.
    init?(
        _ step: RenderPlan.OverlayStep?, _ bytes: UnsafeRawBufferPointer?, _ watch: Watch
    ) throws(RenderError) {
        guard let step else { return nil }
        guard let bytes else { throw .failed(cause: "a plan with an overlay, and no overlay") }
        do throws(HeaderError) {
            let header = try ImageHeader.read(bytes, limits: VipsRenderer.levelLimits)
            guard header.format == step.input else { throw .unsupportedFormat }
        } catch { throw RenderError(error) }
        let level = try LevelImage(bytes, as: step.input, watch)
        let size = step.place.size
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size.pixelCount * level.bands, alignment: 64)
        do throws(RenderError) {
            if step.window.has(size) {
                try level.reduce(step.window, to: size, into: memory)
            } else {
                try level.enlarge(to: size, into: memory)
            }
        } catch {
            memory.deallocate()
            throw error
        }
        self.init(memory, bands: level.bands, at: step.place, opacity: Double(step.opacity) / 100)
    }

    /// Gives its memory back; nothing that was made with it may be read any more.
    func free() { memory.deallocate() }

    /// Puts it on a picture, which keeps its kind: with alpha or without, and gray if both are.
    func put(on picture: borrowing Image) throws(VipsError) -> Image {
        let image = try Image.of(
            UnsafeRawBufferPointer(memory), width: place.width, height: place.height, bands: bands)
        return try Pixels.put(try image.faded(to: opacity), on: picture, left: place.left, top: place.top)
    }
}

extension RenderJob {
    /// With what the plan puts on the picture.
    func stamped(_ image: borrowing Image) throws(VipsError) -> Image {
        var picture = try image.same()
        for stamp in stamps { picture = try stamp.put(on: picture) }
        return picture
    }
}

extension RenderPlan {
    /// The plan as it is once the overlay's level is known.
    func reading(_ overlay: Level?) -> RenderPlan {
        var plan = self
        if let overlay { plan.overlay?.input = overlay.picture.format }
        return plan
    }
}
