import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The lines of a file or of standard input, a few at a time. Calls block.
package final class LineReader: Sendable {
    private let descriptor: CInt
    private let rest = Mutex<[UInt8]>([])

    /// Longer lines are no ids.
    private static let lineByteCountMax = 4096

    /// - Parameter path: `-` for standard input.
    package init(_ path: String) throws(SourceError) {
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SourceError(code: errno) }
    }

    deinit { _ = close(descriptor) }

    /// The next lines, up to `countMax`; none at the end.
    package func next(_ countMax: Int) throws(SourceError) -> [String] {
        try rest.withLock { (rest) throws(SourceError) in
            var lines: [String] = []
            while lines.count < countMax {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeFirst(end + 1)
                    continue
                }
                // What has come so far is not held back while more is waited for.
                guard lines.isEmpty else { break }
                guard rest.count <= Self.lineByteCountMax else { throw .unreadable(reason: "a line is too long") }
                let more = try chunk()
                if more.isEmpty {
                    if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
                    rest = []
                    break
                }
                rest += more
            }
            return lines
        }
    }

    private func chunk() throws(SourceError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SourceError(code: errno) }
            return Array(bytes.prefix(count))
        }
    }
}
