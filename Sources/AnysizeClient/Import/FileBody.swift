package import AnysizeCore
import struct Crypto.SHA256
package import NIOCore
import NIOPosix
import Synchronization

/// A file's bytes as the body of one request: read as they are sent, hashed on the way, never held whole.
package final class FileBody: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private let file: SourceFile
    private let state = Mutex(State())

    private struct State {
        var hash = SHA256()
        var byteCount = 0
        var fault: SourceError?
    }

    package init(_ file: SourceFile) { self.file = file }

    /// Of all bytes; nil unless they have all been read.
    package var digest: Digest? {
        state.withLock { $0.byteCount == file.stamp.byteCount ? Digest($0.hash.finalize()) : nil }
    }

    /// Why the file couldn't be read to its end, which has broken the request; nil where nothing has happened to it.
    package var fault: SourceError? { state.withLock { $0.fault } }

    package func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: FileBody

        package mutating func next() async throws -> ByteBuffer? { try await body.next() }
    }

    /// The next chunk; nil at the end. One caller at a time, as a request is.
    private func next() async throws(SourceError) -> ByteBuffer? {
        let offset = state.withLock { $0.byteCount }
        guard offset < file.stamp.byteCount else { return nil }
        do throws(SourceError) {
            let chunk = try await onFileThread { [file] () throws(SourceError) in try file.chunk(at: offset) }
            state.withLock { state in
                chunk.withUnsafeReadableBytes { state.hash.update(bufferPointer: $0) }
                state.byteCount += chunk.readableBytes
            }
            return chunk
        } catch {
            state.withLock { $0.fault = error }
            throw error
        }
    }
}

/// Does blocking work on files on a thread that is there for it.
func onFileThread<T: Sendable, E: Error>(_ work: @escaping @Sendable () throws(E) -> T) async throws(E) -> T {
    // The continuation can't carry the type of the error, so it carries a result.
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<T, E>, Never>) in
        NIOThreadPool.singleton.submit { _ in
            continuation.resume(returning: Result { () throws(E) -> T in try work() })
        }
    }
    return try result.get()
}
