package import AnysizeCore
package import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SamplePicture {
    /// A small picture of a format that is read and not written; nil for the others.
    package static func readOnly(_ format: ImageFormat) -> ByteBuffer? {
        switch format {
        case .heic: heic
        case .tiff: tiff
        case .svg, .pdf: DrawingFonts.sample(format)
        case .jxl: jxl
        case .jpeg, .png, .webp, .avif, .gif: nil
        }
    }

    /// A JPEG XL of 16 by 8 pixels, a gradient, without loss.
    private static let jxl: ByteBuffer = {
        let text = """
            /wrBQSQIAgEAUAFLOGiYwoP3FRRMgRF1o2JjXibSw9gYg/cwBgcWIoAAQPY+MG8ZAAT5AwB+8QHo9H6CkP8/If////8f+///QMQPeQS7
            PavXGEb9ARzqAwBI7AJgRAE=
            """
        return ByteBuffer(bytes: Data(base64Encoded: text.filter { $0 != "\n" }) ?? Data())
    }()

    /// A TIFF of 16 by 8 pixels, a gradient, uncompressed.
    private static let tiff: ByteBuffer = {
        let (width, height) = (16, 8)
        var bytes = ByteBuffer(bytes: [0x49, 0x49, 42, 0])
        let entries: [(tag: UInt16, value: Int)] = [
            (256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height),
            (279, width * height),
        ]
        bytes.writeInteger(UInt32(8 + width * height), endianness: .little)
        for index in 0..<width * height { bytes.writeInteger(UInt8(truncatingIfNeeded: index * 2)) }
        bytes.writeInteger(UInt16(entries.count), endianness: .little)
        for (tag, value) in entries {
            bytes.writeMultipleIntegers(tag, UInt16(4), UInt32(1), UInt32(value), endianness: .little)
        }
        bytes.writeInteger(UInt32(0))
        return bytes
    }()
}
