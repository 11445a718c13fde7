import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How the C library's allocator is set up for a process of many threads that hold pixels for milliseconds.
package enum Allocator {
    /// Holds memory flat. Without a bound, glibc gives each of libvips' short-lived threads an arena of its own, and what
    /// one has freed another can't use. Mixed renders of 44 photographs on two cores, about 500 each, CPU a render and peak
    /// memory: unbounded 71 ms and 557 MB, two arenas 70 ms and 242 MB, jemalloc 82 ms and 280 MB, which pays for each
    /// thread's cache. `MALLOC_ARENA_MAX` in the environment goes before it.
    package static func bound() {
        guard ProcessInfo.processInfo.environment["MALLOC_ARENA_MAX"] == nil else { return }
        Vips.boundArenas(2)
    }
}
