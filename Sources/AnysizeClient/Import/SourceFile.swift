package import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a file looked like at a moment; one that looks alike later is taken to be unchanged.
package struct FileStamp: Hashable, Sendable {
    package var byteCount: Int
    /// Nanoseconds since 1970.
    package var modified: Int64

    package init(byteCount: Int, modified: Int64) {
        self.byteCount = byteCount
        self.modified = modified
    }

    init(_ status: stat) {
        byteCount = Int(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// One file of the tree, open for reading until the value goes. Its calls block: never on an event loop.
package final class SourceFile: Sendable {
    /// As it was when it was opened.
    package let stamp: FileStamp
    private let descriptor: CInt

    /// Bytes that are read at once.
    package static let chunkByteCount = 256 * 1024

    /// Opens a regular file; no symbolic link at the end of the path is followed, and no pipe waited for.
    package init(_ root: String, _ path: TreePath) throws(SourceError) {
        let whole = Array(root.utf8) + [UInt8(ascii: "/")] + path.bytes + [0]
        let descriptor = whole.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { name in
                open(name.baseAddress!, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            }
        }
        guard descriptor >= 0 else { throw SourceError(code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw .notAFile
        }
        self.descriptor = descriptor
        stamp = FileStamp(status)
    }

    deinit { _ = close(descriptor) }

    /// The bytes from an offset on, at most ``chunkByteCount`` and never beyond what the file had when it was opened.
    ///
    /// The last of them are given out only if the file still looks as it did: so whoever needs all bytes never gets them all of a
    /// file that has changed while it was read.
    /// - Throws: `.changed` where it has.
    package func chunk(at offset: Int) throws(SourceError) -> ByteBuffer {
        let wanted = min(Self.chunkByteCount, stamp.byteCount - offset)
        var buffer = ByteBufferAllocator().buffer(capacity: wanted)
        while buffer.readableBytes < wanted {
            let position = off_t(offset + buffer.readableBytes)
            let missing = wanted - buffer.readableBytes
            var code: CInt = 0
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                let count = pread(descriptor, space.baseAddress, missing, position)
                if count < 0 { code = errno }
                return max(0, count)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw SourceError(code: code) }
            guard count > 0 else { throw .changed }
        }
        guard offset + wanted < stamp.byteCount || looksUnchanged() else { throw .changed }
        return buffer
    }

    private func looksUnchanged() -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileStamp(status) == stamp
    }
}

/// Why a file of the tree can't be sent.
package enum SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(reason: String)
    /// It was written to while it was read.
    case changed
    /// It was one when the directory was read; now it is something else.
    case notAFile

    init(code: CInt) { self = .unreadable(reason: String(cString: strerror(code))) }

    package var description: String {
        switch self {
        case .unreadable(let reason): reason
        case .changed: "it changed while it was read"
        case .notAFile: "it is no regular file any more"
        }
    }
}
