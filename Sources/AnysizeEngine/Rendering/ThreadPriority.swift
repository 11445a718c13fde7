#if canImport(Glibc)
    import Glibc
#endif

/// Who comes first where every core renders: event loops, whose work is short, and never those who work long.
enum ThreadPriority {
    /// How much lower than the event loops those stand who render. On Linux niceness belongs to the thread, and threads that libvips
    /// starts from it inherit it.
    private static let niceness: Int32 = 10

    /// For the calling thread, or a whole process that has one thread: it renders.
    static func yieldToEventLoops() {
        #if os(Linux)
            // Fails only where it is lower already; then all is as it should be.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        #endif
    }
}
