#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The directory that holds everything a node keeps, claimed for this process as long as the value lives.
///
///     lock          held while a process uses the directory; its number is inside
///     originals/    the truth
///     variants/     the disk tier; may be deleted whenever no process uses the directory
///     marks/        originals whose decoding failed badly, for a while
///     staging/      what is being written; emptied at each start
package final class DataDirectory: Sendable {
    /// Absolute.
    package let path: String
    /// Holds the lock. The kernel lets go of it when the process ends, however it ends.
    private let lock: CInt

    var originals: String { path + "/originals" }
    var staging: String { path + "/staging" }
    var variants: String { path + "/variants" }
    var marks: String { path + "/marks" }

    /// Makes what isn't there yet, takes the lock and empties `staging`. Blocks; called once, at start.
    package init(path: String) throws(DataDirectoryError) {
        do {
            let files = FileSystem()
            self.path = try Self.make(path, files)
            lock = try Self.takeLock(self.path + "/lock", of: self.path)
        } catch let error as FileError {
            throw .unusable(path: path, detail: error.description)
        } catch let error as DataDirectoryError {
            throw error
        } catch {
            throw .unusable(path: path, detail: "\(error)")
        }
        do {
            try prepare(FileSystem())
        } catch {
            // The lock is let go of by deinit, which runs since everything is set.
            throw .unusable(path: path, detail: error.description)
        }
    }

    deinit {
        _ = close(lock)
    }

    /// A name in `staging` that nothing has.
    func newStagingPath() -> String {
        let random = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }
        return "\(staging)/\(random.joined())"
    }

    private func prepare(_ files: FileSystem) throws(FileError) {
        for directory in [originals, staging, variants, marks] { try files.makeDirectory(directory) }
        try files.flushDirectory(path)
        // Files move from staging to the others by rename, which works within one file system only.
        let device = try files.status(of: staging).device
        for directory in [originals, variants, marks] {
            guard try files.status(of: directory).device == device else {
                throw FileError(call: .rename, path: directory, code: EXDEV)
            }
        }
        for name in try files.names(in: staging) { try files.remove("\(staging)/\(name)") }
    }

    /// Makes the directory and those above it, and returns its absolute path.
    private static func make(_ path: String, _ files: FileSystem) throws(FileError) -> String {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            let parent = made.isEmpty ? "." : made
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
            do {
                _ = try files.status(of: made)
            } catch let error where error.isAbsent {
                try files.makeDirectory(made, mode: 0o750)
                try files.flushDirectory(parent)
            }
        }
        guard let absolute = realpath(made, nil) else { throw FileError(call: .open, path: path, code: errno) }
        defer { free(absolute) }
        return String(cString: absolute)
    }

    private static func takeLock(_ lockPath: String, of path: String) throws -> CInt {
        // Read-only where the file system allows it, since a file open for writing would stop a remount of it as
        // read-only. NFS wants the other.
        do {
            return try takeLock(lockPath, of: path, O_RDONLY)
        } catch let error as FileError where error.code == EBADF {
            return try takeLock(lockPath, of: path, O_RDWR)
        }
    }

    private static func takeLock(_ lockPath: String, of path: String, _ access: CInt) throws -> CInt {
        let descriptor = open(lockPath, access | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(call: .open, path: lockPath, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = number(in: descriptor)
            _ = close(descriptor)
            guard code == EWOULDBLOCK else { throw FileError(call: .open, path: lockPath, code: code) }
            throw DataDirectoryError.inUse(path: path, process: holder)
        }
        writeNumber(to: lockPath)
        return descriptor
    }

    /// Only for the message to a second opener, so it doesn't matter whether it works.
    private static func writeNumber(to lockPath: String) {
        let descriptor = open(lockPath, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        let text = "\(getpid())\n"
        _ = write(descriptor, text, text.utf8.count)
        _ = close(descriptor)
    }

    private static func number(in descriptor: CInt) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Int(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).filter(\.isNumber))
    }
}

/// Why a data directory can't be used; stops the start.
package enum DataDirectoryError: Error, Hashable, CustomStringConvertible {
    /// Another process has it, as far as is known of that number.
    case inUse(path: String, process: Int?)
    case unusable(path: String, detail: String)

    package var description: String {
        switch self {
        case .inUse(let path, let process):
            "The data directory \(path) is in use by another Anysize\(process.map { " (process \($0))" } ?? ""). "
                + "Each process needs a data directory of its own."
        case .unusable(let path, let detail): "The data directory \(path) can't be used: \(detail)"
        }
    }
}
