/// Reads numbers from bytes that anyone may have written, and never beyond their end.
///
/// A raw buffer's own checks are gone in release builds; these are not. The reader borrows its bytes: it must not
/// outlive the call that they were lent to.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private let pastEnd: HeaderError

    /// Where the next read begins, counted from the first byte of this reader; never above `count`.
    package private(set) var offset = 0

    /// - Parameter pastEnd: what a read beyond the end means. The end of a file is `truncated`; the end of a box inside
    ///   a file is a contradiction.
    package init(_ bytes: UnsafeRawBufferPointer, pastEnd: HeaderError = .truncated) {
        self.bytes = bytes
        self.pastEnd = pastEnd
    }

    package var count: Int { bytes.count }
    package var remaining: Int { bytes.count - offset }
    package var isAtEnd: Bool { offset == bytes.count }

    package mutating func skip(_ count: Int) throws(HeaderError) {
        guard count >= 0, count <= remaining else { throw pastEnd }
        offset += count
    }

    /// A reader of the next `count` bytes alone, which are then behind this one.
    package mutating func take(_ count: Int, pastEnd: HeaderError) throws(HeaderError) -> ByteReader {
        let start = offset
        try skip(count)
        return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), pastEnd: pastEnd)
    }

    package mutating func byte() throws(HeaderError) -> UInt8 {
        guard remaining >= 1 else { throw pastEnd }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// An unsigned number of 0 to 8 bytes, highest byte first; a number of no bytes is zero.
    package mutating func big(_ byteCount: Int) throws(HeaderError) -> UInt64 {
        precondition((0...8).contains(byteCount), "a number has at most eight bytes")
        let start = offset
        try skip(byteCount)
        var value: UInt64 = 0
        for index in start..<offset {
            value = value << 8 | UInt64(bytes[index])
        }
        return value
    }

    package mutating func big16() throws(HeaderError) -> Int { Int(try big(2)) }
    package mutating func big32() throws(HeaderError) -> Int { Int(try big(4)) }

    package mutating func fourCC() throws(HeaderError) -> FourCC { FourCC(UInt32(try big(4))) }

    /// An unsigned number of 1 to 4 bytes, lowest byte first.
    package mutating func little(_ byteCount: Int) throws(HeaderError) -> Int {
        precondition((1...4).contains(byteCount), "a number has one to four bytes here")
        let start = offset
        try skip(byteCount)
        var value = 0
        for index in (start..<offset).reversed() {
            value = value << 8 | Int(bytes[index])
        }
        return value
    }

    /// True if the next bytes are these; reads none of them.
    package func hasPrefix(_ prefix: StaticString) -> Bool {
        guard remaining >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { bytes[offset...].starts(with: $0) }
    }

    /// Moves on to the next byte with this value, or to the end: then the answer is false.
    ///
    /// Eight bytes at a time, since a JPEG is scanned whole: a word with a zero byte is one from which subtracting
    /// 1 everywhere borrows into a high bit that wasn't set.
    package mutating func skip(to byte: UInt8) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let pattern = ones &* UInt64(byte)
        while remaining >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ pattern
            let zeros = (word &- ones) & ~word & highs
            if zeros != 0 {
                offset += zeros.trailingZeroBitCount / 8
                return true
            }
            offset += 8
        }
        while offset < bytes.count {
            if bytes[offset] == byte { return true }
            offset += 1
        }
        return false
    }
}
