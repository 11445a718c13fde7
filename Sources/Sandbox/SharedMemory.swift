import CSandbox
import Glibc

/// Memory that two processes see, behind a descriptor that can be handed to the other one. Unmapped and closed when it
/// goes away.
///
/// Both may map, read and write it all the time and nothing stops them, so the turns are made by messages: whoever has
/// sent the message that hands a job over leaves `bytes` alone until the answer (or the other's end) has come. The same
/// holds between threads of one process. A hostile peer doesn't wait for its turn: what it writes may change between
/// two looks, so sizes and lengths come from messages and never from here, and pixels are only ever copied.
package final class SharedMemory: Sendable {
    /// The descriptor, open as long as this object is. Close-on-exec; to be passed to ``ChildProcess``.
    package let descriptor: CInt
    /// The size, a whole number of pages.
    package let byteCount: Int
    // The address never changes; what is behind it is protected by the turns described above.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer

    /// Makes memory of `byteCount` bytes, rounded up to whole pages, all zero. It takes address space at once and real
    /// memory only where it is written.
    ///
    /// Its size is sealed: were it cut short by the other process, a look at what is gone would end this one with SIGBUS.
    package convenience init(byteCount: Int) throws(SystemError) {
        precondition(byteCount > 0, "shared memory has at least one byte")
        let page = Self.pageByteCount
        let descriptor = anysize_memory_file("anysize", (byteCount + page - 1) / page * page)
        guard descriptor >= 0 else { throw SystemError(call: "memfd_create", code: errno) }
        try self.init(adopting: descriptor)
    }

    /// Maps the whole of a descriptor that another ``SharedMemory`` has made, and owns it from then on, also if this
    /// throws. That the size is sealed is not checked: the child trusts its parent.
    package init(adopting descriptor: CInt) throws(SystemError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else {
            let code = errno
            close(descriptor)
            throw SystemError(call: "fstat", code: code)
        }
        // NORESERVE: these are sparse and many, and a host that doesn't overcommit would count each in full.
        let address = mmap(
            nil,
            Int(status.st_size),
            PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_NORESERVE,
            descriptor,
            0
        )
        guard let address, address != MAP_FAILED else {
            let code = errno
            close(descriptor)
            throw SystemError(call: "mmap", code: code)
        }
        // Nothing else of ours marks descriptors that came from outside, and they are not meant to travel further.
        _ = anysize_close_on_exec(descriptor)
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
        base = address
    }

    deinit {
        munmap(base, byteCount)
        close(descriptor)
    }

    /// All of the memory, valid as long as this object is. See the type for who may touch it when.
    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }

    /// Gives real memory back to the system, for both processes, from `offset` (rounded up to a whole page) to the end.
    /// What was there reads as zero. Done between jobs, so that one large picture doesn't stay resident for good.
    package func release(from offset: Int) throws(SystemError) {
        precondition(offset >= 0, "an offset is not negative")
        let page = Self.pageByteCount
        let start = (offset + page - 1) / page * page
        guard start < byteCount else { return }
        // By the mapping rather than by fallocate: it is the same hole, and the sandbox needn't allow fallocate, which
        // on a log file inherited as standard error would reserve disk space.
        guard madvise(base + start, byteCount - start, CInt(MADV_REMOVE)) == 0 else {
            throw SystemError(call: "madvise", code: errno)
        }
    }

    private static let pageByteCount = sysconf(CInt(_SC_PAGESIZE))
}
