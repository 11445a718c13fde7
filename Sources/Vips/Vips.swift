import CVips
import Synchronization

/// libvips as a process-wide thing: its start, its limits, its counters, and the threads that may call it.
package enum Vips {
    /// Which loaders may run in a process. Everything else that loads is blocked.
    package enum LoaderSet: Sendable, Equatable {
        /// One for each usual input format, and those beside them: for a process that decodes uploads.
        case uploads(extra: Set<Loader> = [])
        /// Those of the formats that levels are kept in: for a process that decodes nothing else.
        case levels

        /// By their nicknames.
        package var loaders: [Loader] {
            switch self {
            case .uploads(let extra): Loader.usual + extra.sorted { $0.rawValue < $1.rawValue }
            case .levels: [.jpeg, .png]
            }
        }
    }

    /// Loaders that must be refused, asked for one by one by ``LoaderCheck``. They stand for the ways in that have hurt others:
    /// delegates, external references, libvips' own format, text files, and the guessing entry points' favourites. Those among them that
    /// a set lets through are left out of its proof.
    package static let forbiddenLoaders = [
        "magickload", "magickload_buffer", "svgload", "svgload_buffer", "pdfload", "pdfload_buffer", "vipsload",
        "matrixload", "csvload", "rawload", "tiffload", "tiffload_buffer", "jp2kload_buffer", "jxlload_buffer",
        "ppmload", "openslideload", "fitsload", "analyzeload", "radload_buffer", "openexrload", "niftiload",
    ]

    private static let startResult: Result<Void, VipsError> = {
        // Its warnings are about the pictures that callers send, unbounded in number, and of no use to operators.
        g_setenv("VIPS_WARNING", "0", 1)
        guard vips_init("anysize") == 0 else { return .failure(.last(operation: "vips_init")) }
        // Operations are never repeated with the same arguments here, so their cache is only memory and a lock.
        vips_cache_set_max(0)
        vips_cache_set_max_mem(0)
        vips_cache_set_max_files(0)
        // Parallel across images, not inside one.
        vips_concurrency_set(1)
        // Leak reports at exit are for the tests' own counters, not for operators' logs.
        vips_leak_set(0)
        return .success(())
    }()

    /// Starts libvips once in this process, with its caches off, one thread a pipeline, and every loader blocked that is
    /// not in the set. Later calls change nothing but the set.
    package static func start(_ set: LoaderSet) throws(VipsError) {
        try startResult.get()
        currentSet.withLock { current in
            // Again with the same set would block, for a moment, what others are loading with.
            guard current != set else { return }
            blockLoaders(but: set)
            current = set
        }
    }

    private static let currentSet = Mutex<LoaderSet?>(nil)

    /// Blocks all loaders, then lets ours through by the names of their classes.
    ///
    /// `vips_block_untrusted_set` alone leaves TIFF and libvips' text matrix reachable, and TIFF has an unfixed overflow
    /// in Debian 12's version; so it is the second lock on the same door.
    private static func blockLoaders(but set: LoaderSet) {
        vips_block_untrusted_set(1)
        vips_operation_block_set("VipsForeignLoad", 1)
        for loader in set.loaders { vips_operation_block_set(loader.className, 0) }
        // Callers' text is for those who have callers' pictures.
        vips_operation_block_set("VipsText", set == .levels ? 1 : 0)
    }

    /// Bounds the arenas of the C library's allocator. Called before there are other threads.
    package static func boundArenas(_ count: Int) { anysize_bound_arenas(Int32(count)) }

    /// Bytes that the allocator keeps for later.
    package static var freeByteCount: Int { anysize_free_memory() }

    /// Gives memory that the allocator keeps for later back to the system.
    package static func releaseFreeMemory() { anysize_release_free_memory() }

    /// libvips' version, `8.14.1` for one.
    package static var version: String { "\(vips_version(0)).\(vips_version(1)).\(vips_version(2))" }

    /// Bytes that libvips holds for pixels right now, in the whole process.
    package static var trackedByteCount: Int { Int(vips_tracked_get_mem()) }

    /// The most bytes that libvips has held for pixels at once since the start.
    package static var trackedByteCountHighWater: Int { Int(vips_tracked_get_mem_highwater()) }

    /// Allocations that libvips holds right now: 0 when nothing is being rendered.
    package static var trackedAllocationCount: Int { Int(vips_tracked_get_allocs()) }

    /// Runs one job of libvips work on the calling thread, and leaves the thread as it found it: message buffer clear,
    /// per-thread caches freed. Every entry point of this module asserts that it is called from inside such a job, so
    /// that pixel work can't creep onto an event loop or the cooperative pool.
    package static func job<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        ThreadMark.set(true)
        defer {
            vips_error_clear()
            vips_thread_shutdown()
            ThreadMark.set(false)
        }
        return try body()
    }
}

/// Which threads are inside ``Vips/job(_:)``; checked in debug builds only.
enum ThreadMark {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static func set(_ marked: Bool) {
        pthread_setspecific(key, marked ? UnsafeRawPointer(bitPattern: 1) : nil)
    }

    static func check() {
        assert(pthread_getspecific(key) != nil, "libvips called outside Vips.job: pixel work belongs on render threads")
    }
}
