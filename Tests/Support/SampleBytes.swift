package import NIOCore

/// Bytes for tests that care about sameness and not about pictures.
package enum SampleBytes {
    /// Bytes that differ in every place for two seeds below 256. Made by the kilobyte, since debug builds are slow.
    package static func make(_ count: Int, seed: Int) -> ByteBuffer {
        let block = (0..<1024).map { UInt8(truncatingIfNeeded: $0 / 251 &+ $0 &+ seed) }
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        for start in stride(from: 0, to: count, by: block.count) { bytes.writeBytes(block.prefix(count - start)) }
        return bytes
    }
}
