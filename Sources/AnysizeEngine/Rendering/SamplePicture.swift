package import NIOCore

/// A small picture that is always there: to try a renderer on, without any file.
package enum SamplePicture {
    /// A PNG of 16 by 8 pixels, a gradient, uncompressed inside so that it can be written down by rule.
    package static let png: ByteBuffer = {
        var bytes = ByteBuffer(bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var header = ByteBuffer()
        header.writeInteger(UInt32(16))
        header.writeInteger(UInt32(8))
        header.writeBytes([8, 2, 0, 0, 0])
        append("IHDR", header, to: &bytes)
        var rows = ByteBuffer()
        for y in 0..<8 {
            rows.writeInteger(UInt8(0))
            for x in 0..<16 { rows.writeBytes([UInt8(x * 16), UInt8(y * 32), 128]) }
        }
        append("IDAT", stored(rows), to: &bytes)
        append("IEND", ByteBuffer(), to: &bytes)
        return bytes
    }()

    /// A zlib stream of one stored block (RFC 1950, RFC 1951 3.2.4).
    private static func stored(_ data: ByteBuffer) -> ByteBuffer {
        var stream = ByteBuffer(bytes: [0x78, 0x01, 0x01])
        let count = UInt16(data.readableBytes)
        stream.writeInteger(count, endianness: .little)
        stream.writeInteger(~count, endianness: .little)
        stream.writeImmutableBuffer(data)
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in data.readableBytesView {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        stream.writeInteger(high << 16 | low)
        return stream
    }

    private static func append(_ name: String, _ data: ByteBuffer, to bytes: inout ByteBuffer) {
        bytes.writeInteger(UInt32(data.readableBytes))
        var checked = ByteBuffer(string: name)
        checked.writeImmutableBuffer(data)
        bytes.writeImmutableBuffer(checked)
        bytes.writeInteger(crc(checked))
    }

    /// PNG's checksum (ISO 15948, annex D).
    private static func crc(_ data: ByteBuffer) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in data.readableBytesView {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
