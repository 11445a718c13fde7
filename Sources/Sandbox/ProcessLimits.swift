import CSandbox
import Glibc

/// What the system lets this process use, whatever it was talked into.
package struct ProcessLimits: Equatable, Sendable {
    /// Bytes of address space, all threads, libraries and shared memories together; beyond it `malloc` and `mmap` fail.
    /// Much larger than the memory really used: a thread's stack alone is 8 MiB of it, an allocator's arena 64 MiB.
    package var addressSpaceByteCount: Int
    /// Descriptors open at a time. Those above that are open already stay so.
    package var openFileCount: Int

    package init(addressSpaceByteCount: Int, openFileCount: Int) {
        self.addressSpaceByteCount = addressSpaceByteCount
        self.openFileCount = openFileCount
    }

    /// Sets these limits for good, forbids core dumps (they would hold callers' pictures) and lets no file grow.
    ///
    /// The last also holds for a log file as standard error, where it makes writing fail instead of ending the process.
    package func apply() throws(SystemError) {
        signal(SIGXFSZ, SIG_IGN)
        try Self.set(ANYSIZE_LIMIT_CORE, to: 0)
        try Self.set(ANYSIZE_LIMIT_FILE_SIZE, to: 0)
        try Self.set(ANYSIZE_LIMIT_OPEN_FILES, to: openFileCount)
        try Self.set(ANYSIZE_LIMIT_ADDRESS_SPACE, to: addressSpaceByteCount)
    }

    /// Lets this process use that many seconds of processor time more, its threads together; then SIGXCPU ends it. To be
    /// called before each job. The kernel counts whole seconds: it may be up to one more, never fewer.
    package static func allowCPU(seconds: Int) throws(SystemError) {
        let used = Int(anysize_cpu_microseconds() / 1_000_000)
        let hard = anysize_hard_limit(CInt(ANYSIZE_LIMIT_CPU))
        let soft = min(rlim_t(used + 1 + seconds), hard)
        guard anysize_set_limit(CInt(ANYSIZE_LIMIT_CPU), soft, hard) == 0 else {
            throw SystemError(call: "setrlimit", code: errno)
        }
    }

    /// Sets soft and hard limit, or keeps the hard one where it is lower already.
    private static func set(_ resource: Int, to value: Int) throws(SystemError) {
        let limit = min(rlim_t(value), anysize_hard_limit(CInt(resource)))
        guard anysize_set_limit(CInt(resource), limit, limit) == 0 else {
            throw SystemError(call: "setrlimit", code: errno)
        }
    }
}
