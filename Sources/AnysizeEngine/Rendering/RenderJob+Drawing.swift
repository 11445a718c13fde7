import AnysizeCore
import Vips

/// Originals that are drawn: at the size that the result has, so that lines and letters are sharp.
extension RenderJob {
    /// - Parameter bytes: the document with its size in it.
    func loadDrawing(_ bytes: UnsafeRawBufferPointer) throws(VipsError) -> Image {
        if plan.source == PixelRect(whole: plan.stored) {
            let exact = try Image.load(bytes, of: plan.input, scale: plan.drawingScale(times: 1))
            if exact.width == plan.resized.width, exact.height == plan.resized.height { return exact }
        }
        // A part of it, or other proportions, take resampling, which leaves no blur behind if it makes smaller.
        return try Image.load(bytes, of: plan.input, scale: plan.drawingScale(times: 2))
    }
}

extension Image {
    /// An original, what is drawn at so many times its own size. A page is on white paper, whatever its decoder makes of what is blank.
    static func load(
        _ bytes: UnsafeRawBufferPointer, of format: ImageFormat, scale: Double = 1
    ) throws(VipsError) -> Image {
        let image = try Image.load(bytes, as: format.loader, scale: scale)
        return format == .pdf ? try image.flatten(background: [255, 255, 255]) : image
    }
}

/// The bytes of an original as its decoder gets them.
enum SizedDocument {
    /// Lends the bytes as they are, or of an SVG a copy that tells its size.
    static func lend<Result>(
        _ bytes: UnsafeRawBufferPointer, as format: ImageFormat,
        to body: (UnsafeRawBufferPointer) throws(RenderError) -> Result
    ) throws(RenderError) -> Result {
        guard format == .svg else { return try body(bytes) }
        let document: [UInt8]
        do throws(HeaderError) { document = try SVGHeader.sized(bytes) } catch { throw RenderError(error) }
        return try document.withUnsafeBufferPointer { (document) throws(RenderError) in
            try body(UnsafeRawBufferPointer(document))
        }
    }
}
