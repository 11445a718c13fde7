package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A recognised delimiter line of a multipart body.
package struct DelimiterLine: Sendable {
    /// From the line end before it up to, and without, the one after it; a closing line counts up to its hyphens.
    package var byteCount: Int
    /// Whether it is the last one.
    package var isClosing: Bool
}

/// Finds delimiter lines of a multipart body in a stretch of it.
///
/// Takes time proportional to the bytes, whatever they are: the only CR of a delimiter is its first byte, so two
/// attempts to match never look at the same bytes.
package struct DelimiterSearch: Sendable {
    /// What is at the front of some bytes.
    package enum Match: Sendable {
        case delimiter(DelimiterLine)
        case data
        /// More bytes are needed to tell.
        case undecided
    }

    /// CRLF, two hyphens and the boundary.
    private let delimiter: [UInt8]
    private let paddingByteCountMax: Int

    /// - Parameters:
    ///   - boundary: Without CR, so that what the type promises is true.
    ///   - paddingByteCountMax: The most blanks that a delimiter line may have after the boundary.
    package init(boundary: String, paddingByteCountMax: Int) {
        self.delimiter = Array("\r\n--\(boundary)".utf8)
        self.paddingByteCountMax = paddingByteCountMax
    }

    /// The first delimiter line in the readable bytes.
    ///
    /// - Returns: How many bytes in front are certainly data, and the line that follows them. Without a line, the bytes
    ///   after the data may be the beginning of one: never more than a delimiter, padding and line end.
    package func find(in buffer: ByteBuffer) -> (dataByteCount: Int, line: DelimiterLine?) {
        buffer.withUnsafeReadableBytes { bytes in
            var start = 0
            while let offset = nextCandidate(in: bytes, from: start) {
                switch match(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
                case .delimiter(let line): return (offset, line)
                case .undecided: return (offset, nil)
                case .data: start = offset + 1
                }
            }
            return (bytes.count, nil)
        }
    }

    /// Whether the readable bytes begin with a delimiter line.
    package func match(in buffer: ByteBuffer) -> Match {
        buffer.withUnsafeReadableBytes { match($0) }
    }

    private func match(_ bytes: UnsafeRawBufferPointer) -> Match {
        let isPrefix = delimiter.withUnsafeBytes { delimiter in
            guard let expected = delimiter.baseAddress, let actual = bytes.baseAddress else { return true }
            return memcmp(expected, actual, min(delimiter.count, bytes.count)) == 0
        }
        guard isPrefix else { return .data }
        guard bytes.count >= delimiter.count else { return .undecided }
        return matchLineEnd(bytes)
    }

    /// Tells a delimiter line from data that begins with the boundary.
    private func matchLineEnd(_ bytes: UnsafeRawBufferPointer) -> Match {
        var offset = delimiter.count
        guard offset < bytes.count else { return .undecided }
        if bytes[offset] == UInt8(ascii: "-") {
            guard offset + 1 < bytes.count else { return .undecided }
            guard bytes[offset + 1] == UInt8(ascii: "-") else { return .data }
            return .delimiter(DelimiterLine(byteCount: offset + 2, isClosing: true))
        }
        while offset < bytes.count, bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: "\t") {
            offset += 1
            guard offset <= delimiter.count + paddingByteCountMax else { return .data }
        }
        guard offset < bytes.count else { return .undecided }
        guard bytes[offset] == 0x0D else { return .data }
        guard offset + 1 < bytes.count else { return .undecided }
        guard bytes[offset + 1] == 0x0A else { return .data }
        return .delimiter(DelimiterLine(byteCount: offset, isClosing: false))
    }

    /// The next CR that is followed by what a delimiter goes on with, or by nothing yet.
    ///
    /// A call of `memchr` for each CR would be slow where somebody sends nothing else, hence the loop within.
    @inline(__always)
    private func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var offset = start
        while offset < bytes.count {
            guard let found = memchr(base + offset, 0x0D, bytes.count - offset) else { return nil }
            offset = UnsafeRawPointer(found) - base
            while offset < bytes.count, bytes[offset] == 0x0D {
                guard offset + 2 < bytes.count else { return offset }
                if bytes[offset + 1] == 0x0A, bytes[offset + 2] == UInt8(ascii: "-") { return offset }
                // Past the line feed as well, if that is what it was; it can't be a CR.
                offset += bytes[offset + 1] == 0x0A ? 2 : 1
            }
        }
        return nil
    }
}
