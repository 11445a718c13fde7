import AnysizeCore
import Resampling
import Vips

/// A level on its way to a smaller size: decoded row by row, and reduced in linear light as the rows come.
struct LevelImage: ~Copyable {
    private let image: Image
    private let channels: PictureShape.Channels
    private let watch: Watch

    /// - Parameter bytes: must stay valid until the last pixel is read.
    init(_ bytes: UnsafeRawBufferPointer, as format: ImageFormat, _ watch: Watch) throws(RenderError) {
        let image: Image
        do throws(VipsError) { image = try Image.load(bytes, as: format.loader) } catch {
            throw .reading(error, watch)
        }
        guard image.isStandard, let channels = PictureShape.Channels(rawValue: image.bands) else {
            throw .undecodable(reason: FailureReason.undecodable.sentence, cause: "a level of another kind")
        }
        self.image = image
        self.channels = channels
        self.watch = watch
    }

    /// 1 to 4.
    var bands: Int { channels.rawValue }

    /// Makes a part of it smaller.
    /// - Parameters:
    ///   - size: no larger than the window.
    ///   - memory: exactly what the pixels take.
    func reduce(
        _ window: PixelWindow, to size: PixelSize, into memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) {
        let reducer = Reducer(
            shape: PictureShape(width: image.width, height: image.height, channels: channels, depth: .eight),
            window: Window(left: window.left, top: window.top, width: window.width, height: window.height),
            width: size.width, height: size.height, output: memory
        )
        let watch = watch
        let error = try image.readRows(16) { (rows, count, stride) throws(RenderError) in
            try RenderError.check(watch)
            reducer.add(rows: rows, count: count, stride: stride)
            return reducer.needsRows
        }
        if let error { throw .reading(error, watch) }
        reducer.finish()
    }

    /// Makes all of it larger in one direction or both.
    func enlarge(to size: PixelSize, into memory: UnsafeMutableRawBufferPointer) throws(RenderError) {
        image.watched(by: watch)
        do throws(VipsError) {
            try Pixels.resized(image, width: size.width, height: size.height).write(to: memory)
        } catch { throw .reading(error, watch) }
    }
}

extension PixelWindow {
    /// Whether making that size of it is no enlargement.
    func has(_ size: PixelSize) -> Bool {
        Double(size.width) <= width.rounded(.up) && Double(size.height) <= height.rounded(.up)
    }
}
