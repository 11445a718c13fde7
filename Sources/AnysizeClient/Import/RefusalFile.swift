#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// All refusals of a run as lines of JSON, `{"detail":…,"kind":…,"path":…,"status":…}`. Begun anew by each run.
package final class RefusalFile: Sendable {
    package let path: String
    private let descriptor: CInt

    /// - Throws: `.unusable` where the file can't be written.
    package init(_ path: String) throws(JournalError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
    }

    deinit { _ = close(descriptor) }

    var identity: FileIdentity? { FileIdentity(of: descriptor) }

    /// Adds a line. Blocks.
    func append(_ refusal: ImportRefusal) throws(JournalError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and a number can always be encoded.
        guard let data = try? encoder.encode(refusal) else { return }
        // One write to a file open for appending: lines of several writers never mix.
        let line = Array(data) + [UInt8(ascii: "\n")]
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count else {
            throw .unusable(path: path, reason: count < 0 ? String(cString: strerror(errno)) : "it takes no more")
        }
    }
}
