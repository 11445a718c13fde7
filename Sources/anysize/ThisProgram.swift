#if canImport(Glibc)
    import Glibc
#endif

/// This very program, for starting helpers of it.
enum ThisProgram {
    /// Not the path of its file: that may hold a newer version by now, which helpers must not be of.
    static let path = "/proc/self/exe"
}
