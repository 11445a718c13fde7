package import AnysizeCore
package import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An upload's bytes in a file of their own in `staging`, until they are moved into place or thrown away.
package final class DiskStagedOriginal: StagedOriginal {
    private let threads: FileThreads
    private let files: FileSystem
    /// Held by blocking work during its system calls, never across an await; so a discard can't close the file under a
    /// write.
    private let state: Mutex<State>

    private struct State: ~Copyable {
        /// Nil once the file has been moved or removed.
        var file: OpenFile?
        var byteCount = 0
        var isFlushed = false
    }

    init(_ file: consuming OpenFile, threads: FileThreads, files: FileSystem) {
        self.threads = threads
        self.files = files
        state = Mutex(State(file: file))
    }

    deinit {
        // Only where somebody forgot to discard. Not here and now: this may be a thread that must not block.
        let path = state.withLock { $0.file?.path }
        guard let path else { return }
        threads.writeLater { [files] in try? files.remove(path) }
    }

    package func append(_ bytes: ByteBuffer) async throws(StoreError) {
        try await threads.write { () throws(StoreError) in
            try StoreError.wrapping { () throws(FileError) in try self.add(bytes) }
        }
    }

    package func bytes() async throws(StoreError) -> ByteBuffer {
        try await threads.read { () throws(StoreError) in
            try StoreError.wrapping { () throws(FileError) in try self.contents() }
        }
    }

    /// A part of them.
    func piece(_ count: Int, at offset: Int) async throws(StoreError) -> ByteBuffer {
        try await threads.read { () throws(StoreError) in
            try StoreError.wrapping { () throws(FileError) in try self.contents(count, at: offset) }
        }
    }

    /// What the file really holds; nil once it is gone.
    func byteCountNow() async throws(StoreError) -> Int? {
        try await threads.read { () throws(StoreError) in
            try StoreError.wrapping { () throws(FileError) in try self.byteCount() }
        }
    }

    package func discard() async {
        await threads.write { self.remove() }
    }

    // MARK: - Blocking

    func add(_ bytes: ByteBuffer) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.file?.append(bytes)
            state.byteCount += bytes.readableBytes
        }
    }

    /// - Parameter count: nil for all of them.
    private func contents(_ count: Int? = nil, at offset: Int = 0) throws(FileError) -> ByteBuffer {
        try state.withLock { (state) throws(FileError) in
            guard let bytes = try state.file?.read(count ?? state.byteCount, at: offset) else {
                throw FileError(call: .read, path: "thrown away upload", code: EBADF)
            }
            return bytes
        }
    }

    /// Returns when the bytes are on the disk itself; at once where they are already.
    func flush() throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            guard !state.isFlushed else { return }
            try state.file?.flush()
            state.isFlushed = true
        }
    }

    /// What the file really holds. Nil once it is gone.
    func byteCount() throws(FileError) -> Int? {
        try state.withLock { (state) throws(FileError) in try state.file?.byteCount() }
    }

    /// Gives the file its place. From then on it isn't ours, and a discard has no effect.
    func move(to path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            guard let staged = state.file?.path else { return }
            try files.move(staged, to: path)
            state.file = nil
        }
    }

    /// Without effect where the file has been moved.
    func remove() {
        state.withLock { state in
            guard let path = state.file?.path else { return }
            state.file = nil
            try? files.remove(path)
        }
    }
}

extension StoreError {
    init(_ error: FileError) {
        self = error.isFull ? .full(detail: error.description) : .unavailable(detail: error.description)
    }

    /// Runs steps that only the disk can fail.
    static func wrapping<T>(_ steps: () throws(FileError) -> T) throws(StoreError) -> T {
        do { return try steps() } catch { throw StoreError(error) }
    }
}
