#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lines in a file that one process at a time appends to.
final class JournalFile: Sendable {
    let path: String
    private let descriptor: CInt

    /// Longer lines aren't ours: a path has at most 4 KB, each byte of which may be escaped as three.
    private static let lineByteCountMax = 32 * 1024

    /// Opens it, makes it where it isn't there, and locks it. The kernel lets go of the lock when the process ends, however it ends.
    init(_ path: String) throws(JournalError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            _ = close(descriptor)
            throw code == EWOULDBLOCK
                ? .inUse(path: path) : .unusable(path: path, reason: String(cString: strerror(code)))
        }
    }

    deinit { _ = close(descriptor) }

    var identity: FileIdentity? { FileIdentity(of: descriptor) }

    var byteCount: Int { Int(lseek(descriptor, 0, SEEK_END)) }

    /// Calls the body with each whole line and where it begins, as long as it returns true.
    /// - Returns: what follows the last line feed.
    func readLines(_ body: (Int, String) -> Bool) throws(JournalError) -> [UInt8] {
        var rest: [UInt8] = []
        var start = 0
        var position = 0
        while true {
            let chunk = bytes(1 << 20, at: position)
            guard !chunk.isEmpty else { return rest }
            position += chunk.count
            rest += chunk
            var from = 0
            while let end = rest[from...].firstIndex(of: UInt8(ascii: "\n")) {
                guard body(start, String(decoding: rest[from..<end], as: UTF8.self)) else { return [] }
                start += end + 1 - from
                from = end + 1
            }
            rest.removeFirst(from)
            guard rest.count <= Self.lineByteCountMax else { throw fault("it holds what no import has written") }
        }
    }

    /// Takes away what a torn line has left at the end.
    func cutOff(_ byteCount: Int) throws(JournalError) {
        guard ftruncate(descriptor, off_t(self.byteCount - byteCount)) == 0 else { throw fault(errno) }
    }

    /// The line that begins there; nil where none does.
    func line(at offset: Int) -> String? {
        // Most lines fit the first look.
        for count in [512, Self.lineByteCountMax] {
            let bytes = bytes(count, at: offset)
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
        }
        return nil
    }

    /// Adds a line at the end, all of it or nothing.
    /// - Returns: where it begins.
    func append(_ line: String) throws(JournalError) -> Int {
        let offset = byteCount
        let bytes = Array((line + "\n").utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                // The next line must not follow half of this one.
                _ = ftruncate(descriptor, off_t(offset))
                throw fault(code)
            }
            done += count
        }
        return offset
    }

    /// Returns when all lines are on the disk itself.
    func flush() throws(JournalError) {
        guard fsync(descriptor) == 0 else { throw fault(errno) }
    }

    private func bytes(_ count: Int, at offset: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { space, initializedCount in
            var result = 0
            repeat {
                result = pread(descriptor, space.baseAddress, count, off_t(offset))
            } while result < 0 && errno == EINTR
            initializedCount = max(0, result)
        }
    }

    private func fault(_ code: CInt) -> JournalError { fault(String(cString: strerror(code))) }

    private func fault(_ reason: String) -> JournalError { .unusable(path: path, reason: reason) }
}
