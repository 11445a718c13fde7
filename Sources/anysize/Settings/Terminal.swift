#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error, for what isn't a command's result.
enum Terminal {
    /// Whether a person is likely to read it.
    static var isAtStandardError: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a line. If nobody can take it, there is nobody to tell.
    static func complain(_ line: String) { put(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// Writes everything.
    /// - Returns: false where it isn't taken whole.
    @discardableResult
    static func put(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest.removeFirst(count)
        }
        return true
    }
}
