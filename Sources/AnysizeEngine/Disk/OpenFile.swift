import CLinux
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One open file, closed when it goes away. Its calls block, but for reads of one that doesn't wait: file threads only.
struct OpenFile: ~Copyable {
    let path: String
    private let descriptor: CInt
    private let faults: FileFaults
    /// Whether reads wait for the disk; else they fail where they would have to.
    private let waits: Bool

    init(path: String, descriptor: CInt, faults: FileFaults, waits: Bool = true) {
        self.path = path
        self.descriptor = descriptor
        self.faults = faults
        self.waits = waits
    }

    deinit {
        // What close says is of no use: whatever has to be on disk was flushed before, and EINTR closes it too on
        // Linux.
        _ = close(descriptor)
    }

    /// Appends all of the bytes, in as many writes as it takes.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try retrying(.write) {
                write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            }
            rest = rest.dropFirst(count)
        }
    }

    func append(_ bytes: ByteBuffer) throws(FileError) {
        try bytes.withUnsafeReadableBytes { (bytes) throws(FileError) in try append(bytes) }
    }

    func append(_ bytes: [UInt8]) throws(FileError) {
        try append(ByteBuffer(bytes: bytes))
    }

    /// Returns when the bytes are on the disk itself.
    ///
    /// Never to be tried again on the same file, not even after EINTR: the kernel may have marked the lost pages as
    /// clean, and the second attempt would succeed without them.
    func flush() throws(FileError) {
        if let code = faults.next(.flush, path) { throw FileError(call: .flush, path: path, code: code) }
        guard fsync(descriptor) == 0 else { throw FileError(call: .flush, path: path, code: errno) }
    }

    func byteCount() throws(FileError) -> Int {
        var status = stat()
        _ = try retrying(.status) { Int(fstat(descriptor, &status)) }
        return Int(status.st_size)
    }

    /// Asks the kernel to keep nothing of the file in memory, so that the next read is one of the disk. A hint: bytes that aren't on
    /// the disk yet stay.
    func forget() {
        #if canImport(Darwin)
            _ = fcntl(descriptor, F_NOCACHE, 1)
        #else
            _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        #endif
    }

    /// `count` bytes from an offset on; fewer where the file ends before.
    func read(_ count: Int, at offset: Int) throws(FileError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { (space) throws(FileError) in
            var done = 0
            while done < count {
                let target = UnsafeMutableRawBufferPointer(rebasing: space[done..<count])
                let step = try retrying(.read) {
                    let position = off_t(offset + done)
                    return waits
                        ? pread(descriptor, target.baseAddress, target.count, position)
                        : anysize_read_cached(descriptor, target.baseAddress, target.count, position)
                }
                guard step > 0 else { break }
                done += step
            }
            return done
        }
        return buffer
    }

    /// Makes a call until it isn't interrupted by a signal.
    private func retrying(_ call: FileCall, _ work: () -> Int) throws(FileError) -> Int {
        while true {
            let injected = faults.next(call, path)
            let result = injected == nil ? work() : -1
            if result >= 0 { return result }
            let code = injected ?? errno
            guard code == EINTR else { throw FileError(call: call, path: path, code: code) }
        }
    }
}
