import CLinux
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The few things Anysize does with files, by path. All of it blocks, but for what needs no disk: file threads only.
///
/// No call follows a symbolic link at the end of a path, and no descriptor is inherited by a child process.
struct FileSystem: Sendable {
    private let faults: FileFaults

    init(faults: FileFaults = .none) { self.faults = faults }

    /// Opens a file to read it.
    func openFile(_ path: String) throws(FileError) -> OpenFile {
        try openFile(path, O_RDONLY)
    }

    /// Opens a file to read it, from memory alone: neither this nor its reads wait for a disk. They throw instead, as where the
    /// system can't do that at all.
    func openCachedFile(_ path: String) throws(FileError) -> OpenFile {
        // A test that counts calls means those that can fail for good.
        guard !faults.areInjected else { throw FileError(call: .open, path: path, code: EAGAIN) }
        let descriptor = anysize_open_cached(path)
        guard descriptor >= 0 else { throw FileError(call: .open, path: path, code: errno) }
        return OpenFile(path: path, descriptor: descriptor, faults: faults, waits: false)
    }

    /// Makes a file that wasn't there before, to write it and read it back.
    func create(_ path: String) throws(FileError) -> OpenFile {
        try openFile(path, O_RDWR | O_CREAT | O_EXCL)
    }

    /// All of a file.
    func contents(of path: String) throws(FileError) -> ByteBuffer {
        let file = try openFile(path)
        return try file.read(file.byteCount(), at: 0)
    }

    /// Gives a file another name, at once for all readers; what had that name before is gone.
    func move(_ path: String, to newPath: String) throws(FileError) {
        try attempt(.rename, newPath) { rename(path, newPath) }
    }

    /// Gives a file a second name.
    func addName(_ newPath: String, to path: String) throws(FileError) {
        try attempt(.link, newPath) { link(path, newPath) }
    }

    /// Removes a file, or one of its names.
    func remove(_ path: String) throws(FileError) {
        try attempt(.remove, path) { unlink(path) }
    }

    /// Makes a directory that nobody but the owner may look into, unless it is there.
    func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(FileError) {
        do {
            try attempt(.makeDirectory, path) { mkdir(path, mode) }
        } catch let error where error.code == EEXIST {
            return
        }
    }

    /// Returns when the names in a directory are on the disk itself.
    func flushDirectory(_ path: String) throws(FileError) {
        let directory = try openFile(path, O_RDONLY | O_DIRECTORY)
        try directory.flush()
    }

    /// The names in a directory, in no order, without `.` and `..`.
    func names(in path: String) throws(FileError) -> [String] {
        if let code = faults.next(.list, path) { throw FileError(call: .list, path: path, code: code) }
        guard let directory = opendir(path) else { throw FileError(call: .list, path: path, code: errno) }
        defer { closedir(directory) }
        guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var names: [String] = []
        while true {
            // The end and a failure look the same but for errno.
            errno = 0
            guard let entry = readdir(directory) else { break }
            // By address, since an entry is shorter than its type says.
            let start = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
            let name = String(cString: start)
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw FileError(call: .list, path: path, code: errno) }
        return names
    }

    func status(of path: String) throws(FileError) -> FileStatus {
        var status = stat()
        try attempt(.status, path) { lstat(path, &status) }
        return FileStatus(status)
    }

    private func openFile(_ path: String, _ flags: CInt) throws(FileError) -> OpenFile {
        var descriptor: CInt = -1
        try attempt(.open, path) {
            descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
            return descriptor
        }
        return OpenFile(path: path, descriptor: descriptor, faults: faults)
    }

    /// Makes a call that returns a negative number where it fails, until it isn't interrupted by a signal.
    private func attempt(_ call: FileCall, _ path: String, _ work: () -> CInt) throws(FileError) {
        while true {
            let injected = faults.next(call, path)
            if injected == nil, work() >= 0 { return }
            let code = injected ?? errno
            guard code == EINTR else { throw FileError(call: call, path: path, code: code) }
        }
    }
}

/// What a directory knows of a file.
struct FileStatus: Hashable, Sendable {
    var isRegular: Bool
    var byteCount: Int
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Which file system it is on.
    var device: UInt64

    fileprivate init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        byteCount = Int(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        device = UInt64(truncatingIfNeeded: status.st_dev)
    }
}
