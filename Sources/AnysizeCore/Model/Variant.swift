package import NIOCore

/// A result: encoded bytes and what they are.
package struct Variant: Hashable, Sendable {
    package let bytes: ByteBuffer
    package let format: ImageFormat

    package init(bytes: ByteBuffer, format: ImageFormat) {
        self.bytes = bytes
        self.format = format
    }

    package var byteCount: Int { bytes.readableBytes }
}
