import NIOCore

/// The RIFF container of a WebP that our own encoder wrote (RFC 9649, 2.3).
enum WebPContainer {
    /// The same picture without EXIF, XMP and profile, and without the extended header where nothing needs it any more.
    ///
    /// libvips 8.14.1 writes an EXIF block into every WebP in spite of `strip`: some 200 bytes that tell nothing, in
    /// pictures that often have less than a thousand.
    static func stripped(_ file: ByteBuffer) -> ByteBuffer {
        var input = file
        guard input.readableBytes >= 12, let riff = input.readSlice(length: 12) else { return file }
        var chunks: [(name: String, bytes: ByteBuffer)] = []
        while let name = input.readString(length: 4),
            let count = input.readInteger(endianness: .little, as: UInt32.self),
            let bytes = input.readSlice(length: Int(count))
        {
            input.moveReaderIndex(forwardBy: min(Int(count) & 1, input.readableBytes))
            if !["EXIF", "XMP ", "ICCP"].contains(name) { chunks.append((name, bytes)) }
        }
        if let index = chunks.firstIndex(where: { $0.name == "VP8X" }) {
            let flags =
                (chunks[index].bytes.getInteger(at: chunks[index].bytes.readerIndex, as: UInt8.self) ?? 0) & keptFlags
            chunks[index].bytes.setInteger(flags, at: chunks[index].bytes.readerIndex)
            if flags == 0 { chunks.remove(at: index) }
        }
        return written(chunks, riff: riff, capacity: file.readableBytes)
    }

    /// Alpha and animation; the rest announce what is left out.
    private static let keptFlags: UInt8 = 0x12

    private static func written(
        _ chunks: [(name: String, bytes: ByteBuffer)], riff: ByteBuffer, capacity: Int
    ) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(capacity)
        output.writeImmutableBuffer(riff)
        for (name, bytes) in chunks {
            output.writeString(name)
            output.writeInteger(UInt32(bytes.readableBytes), endianness: .little)
            output.writeImmutableBuffer(bytes)
            if !bytes.readableBytes.isMultiple(of: 2) { output.writeInteger(UInt8(0)) }
        }
        output.setInteger(UInt32(output.readableBytes - 8), at: 4, endianness: .little)
        return output
    }
}
