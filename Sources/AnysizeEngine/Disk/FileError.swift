#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The system calls on files that can fail in a way that matters.
enum FileCall: String, Sendable, CaseIterable {
    case open, status, read, write, flush, rename, link, remove, makeDirectory, list
}

/// A system call on a file that failed.
struct FileError: Error, Hashable, CustomStringConvertible {
    var call: FileCall
    var path: String
    /// The `errno` of the call.
    var code: CInt

    /// No room, for all or for this user. There may be again, once something is deleted.
    var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// Nothing of that name.
    var isAbsent: Bool { code == ENOENT }

    var description: String { "\(call.rawValue) \(path): \(String(cString: strerror(code))) (\(code))" }
}

/// Lets a test fail the n-th system call, in the way SQLite tests its own durability; ``none`` everywhere else.
///
/// One question before each call is all there is to it, so the real thing and the thing tested are the same code.
struct FileFaults: Sendable {
    /// Asked before each call, with its path: nil lets it happen, an `errno` makes it fail with that.
    let next: @Sendable (FileCall, String) -> CInt?
    /// Whether a test has a hand in it.
    let areInjected: Bool

    init(next: @escaping @Sendable (FileCall, String) -> CInt?) { self.init(next: next, areInjected: true) }

    private init(next: @escaping @Sendable (FileCall, String) -> CInt?, areInjected: Bool) {
        self.next = next
        self.areInjected = areInjected
    }

    static let none = FileFaults(next: { _, _ in nil }, areInjected: false)
}
