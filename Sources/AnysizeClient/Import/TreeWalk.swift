import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a walk meets.
package enum TreeEntry: Hashable, Sendable {
    case file(TreePath, FileStamp)
    case skipped(TreePath, Skipped)
    /// A directory or file that can't be looked at.
    case unreadable(TreePath, SourceError)

    /// What isn't imported by rule.
    package enum Skipped: String, Sendable, CaseIterable {
        /// Not followed: what it leads to may be in the tree as well, outside of it, or a circle.
        case symbolicLink = "symbolic links"
        /// Named with a dot first.
        case hidden = "hidden files and directories"
        /// Pipes, sockets, devices.
        case special = "special files"
        /// The journal, and the list of refusals.
        case own = "files of the import itself"
    }
}

/// Which file it is, whatever its name.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Of an open file; nil where the system doesn't say.
    init?(of descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Every file below a directory, in the order in which directories list them.
///
/// Holds one open directory for each level and the names of none, so a directory of a million files costs what one of ten does.
/// What is added while it walks may be met or not.
package final class TreeWalk: Sendable {
    private let state: Mutex<State>

    /// Directories within one another.
    package static let depthMax = 128

    /// - Parameter own: files to leave out.
    /// - Throws: where the directory can't be opened.
    package init(_ root: String, includesHidden: Bool, own: Set<FileIdentity> = []) throws(SourceError) {
        let first = try Level(opening: root)
        state = Mutex(State(levels: [first], includesHidden: includesHidden, own: own))
    }

    /// The next entries, up to `countMax`; none at the end. Blocks.
    package func next(_ countMax: Int) -> [TreeEntry] {
        state.withLock { state in
            var entries: [TreeEntry] = []
            while entries.count < countMax, let entry = state.next() { entries.append(entry) }
            return entries
        }
    }

    private struct State {
        var levels: [Level]
        let includesHidden: Bool
        let own: Set<FileIdentity>

        mutating func next() -> TreeEntry? {
            while let level = levels.last {
                guard let name = level.nextName() else {
                    levels.removeLast()
                    if let fault = level.fault { return .unreadable(level.path, fault) }
                    continue
                }
                if let entry = entry(name, in: level) { return entry }
            }
            return nil
        }

        /// Nil for a directory, which is entered instead.
        private mutating func entry(_ name: [UInt8], in level: Level) -> TreeEntry? {
            let path = level.path.appending(name)
            let isHidden = name.first == UInt8(ascii: ".")
            var status = stat()
            guard level.status(of: name, &status) else { return .unreadable(path, SourceError(code: errno)) }
            if own.contains(FileIdentity(status)) { return .skipped(path, .own) }
            guard includesHidden || !isHidden else { return .skipped(path, .hidden) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file(path, FileStamp(status))
            case S_IFLNK: return .skipped(path, .symbolicLink)
            case S_IFDIR: break
            default: return .skipped(path, .special)
            }
            guard levels.count < TreeWalk.depthMax else {
                return .unreadable(path, .unreadable(reason: "more than \(TreeWalk.depthMax) directories deep"))
            }
            do throws(SourceError) { levels.append(try Level(name, in: level, path)) } catch {
                return .unreadable(path, error)
            }
            return nil
        }
    }

    /// One open directory.
    private final class Level {
        let path: TreePath
        private(set) var fault: SourceError?
        private let directory: OpaquePointer

        init(opening root: String) throws(SourceError) {
            guard let directory = opendir(root) else { throw SourceError(code: errno) }
            self.directory = directory
            path = TreePath(bytes: [])
        }

        init(_ name: [UInt8], in parent: Level, _ path: TreePath) throws(SourceError) {
            let descriptor = Self.withName(name) {
                openat(dirfd(parent.directory), $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            guard descriptor >= 0 else { throw SourceError(code: errno) }
            guard let directory = fdopendir(descriptor) else {
                let code = errno
                _ = close(descriptor)
                throw SourceError(code: code)
            }
            self.directory = directory
            self.path = path
        }

        deinit { closedir(directory) }

        /// Nil at the end, and where there is a fault.
        func nextName() -> [UInt8]? {
            guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
            while true {
                // The end and a failure look the same but for errno.
                errno = 0
                guard let entry = readdir(directory) else {
                    if errno != 0 { fault = SourceError(code: errno) }
                    return nil
                }
                // By address, since an entry is shorter than its type says.
                let start = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: UInt8.self)
                let name = Array(UnsafeBufferPointer(start: start, count: strlen(start)))
                if name != [UInt8(ascii: ".")], name != [UInt8(ascii: "."), UInt8(ascii: ".")] { return name }
            }
        }

        func status(of name: [UInt8], _ status: inout stat) -> Bool {
            Self.withName(name) { fstatat(dirfd(directory), $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
        }

        private static func withName<Value>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Value) -> Value {
            (name + [0]).withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
            }
        }
    }
}
