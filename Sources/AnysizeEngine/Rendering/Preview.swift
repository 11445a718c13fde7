import AnysizeCore
import NIOCore
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A picture so small that it fits into what is told of its original.
enum Preview {
    /// WebP, since of a picture this small JPEG is mostly tables.
    /// - Parameter image: a small upright picture, a byte a channel, in sRGB or gray.
    /// - Returns: Base64; nil where it doesn't get small enough.
    static func encode(_ image: borrowing Image) throws(VipsError) -> String? {
        for sideMax in sidesMax {
            if let bytes = try encode(image, sideMax: sideMax) { return bytes }
        }
        return nil
    }

    private static func encode(_ image: borrowing Image, sideMax: Int) throws(VipsError) -> String? {
        let scale = min(1, Double(sideMax) / Double(max(image.width, image.height)))
        let small = try Pixels.resized(
            image,
            width: max(1, Int((Double(image.width) * scale).rounded())),
            height: max(1, Int((Double(image.height) * scale).rounded()))
        )
        let pixels = try small.castToByte().inMemory()
        for quality in qualities {
            let encoded = try pixels.encode(.webp(quality: quality, lossless: false, effort: 4), stripped: true)
            let bytes = WebPContainer.stripped(encoded.withBytes { ByteBuffer(bytes: $0) })
            guard bytes.readableBytes > PictureFacts.previewByteCountMax else {
                return Data(bytes.readableBytesView).base64EncodedString()
            }
        }
        return nil
    }

    /// Pages show it blurred, and enlarged many times. The first is for nearly all; transparency, which is kept without loss, takes
    /// the others.
    private static let sidesMax = [32, 16, 8]
    /// The first is enough for nearly every photograph; noise takes the others.
    private static let qualities = [40, 20, 5]
}
