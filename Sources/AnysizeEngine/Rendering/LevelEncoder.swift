import AnysizeCore
import NIOCore
import Vips

/// Encodes the pixels of levels: near-lossless, and fast to decode, since each render decodes one.
enum LevelEncoder {
    /// Over 20 photographs, variants made from levels of this quality lose 0.3 of a point of SSIMULACRA2 against lossless levels; at 92
    /// it is 0.5, and some fall behind renders from the original.
    private static let quality = 95

    /// - Parameters:
    ///   - pixels: one byte a channel, bands interleaved, no padding.
    ///   - original: the format of the original. What was lossless there stays so where that takes no more room: screenshots and
    ///     drawings are small as PNG, and keep their edges. Transparency always does.
    static func encode(
        _ pixels: UnsafeRawBufferPointer, size: PixelSize, bands: Int, original: ImageFormat
    ) throws(VipsError) -> Variant {
        let image = try Image.of(pixels, width: size.width, height: size.height, bands: bands)
        if bands == 2 || bands == 4 { return Variant(bytes: try lossless(image), format: .png) }
        let photograph = try bytes(
            image.encode(.plainJPEG(quality: quality), stripped: true))
        guard original.isOftenDrawn else { return Variant(bytes: photograph, format: .jpeg) }
        let drawing = try lossless(image)
        return drawing.readableBytes <= photograph.readableBytes
            ? Variant(bytes: drawing, format: .png) : Variant(bytes: photograph, format: .jpeg)
    }

    private static func lossless(_ image: borrowing Image) throws(VipsError) -> ByteBuffer {
        try bytes(image.encode(.png(compression: 1, filtered: false), stripped: true))
    }

    private static func bytes(_ encoded: consuming EncodedBytes) -> ByteBuffer {
        encoded.withBytes { ByteBuffer(bytes: $0) }
    }
}
