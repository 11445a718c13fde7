#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time of day, which decides whether a URL still holds.
package struct WallClock: Sendable {
    /// Whole seconds since 1970, rounded down.
    package let seconds: @Sendable () -> Int

    package init(seconds: @escaping @Sendable () -> Int) { self.seconds = seconds }

    package static let system = WallClock { time(nil) }
}
