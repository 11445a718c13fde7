import AnysizeClient
import AnysizeCore
import Foundation
import NIOCore
import Testing

@Suite struct SourceFileTests {
    private let scratch: Scratch
    private let name = TreePath(bytes: Array("file".utf8))
    private let bytes: [UInt8]

    init() throws {
        scratch = try Scratch()
        bytes = (0..<(SourceFile.chunkByteCount * 2 + 1000)).map { UInt8(truncatingIfNeeded: $0 / 3) }
        try scratch.write("file", bytes)
    }

    private func collected(_ body: FileBody) async throws -> [UInt8] {
        var all: [UInt8] = []
        for try await chunk in body {
            #expect(chunk.readableBytes <= SourceFile.chunkByteCount)
            all += Array(chunk.readableBytesView)
        }
        return all
    }

    @Test func `a body is the file's bytes, and knows their digest at the end`() async throws {
        let body = FileBody(try SourceFile(scratch.path, name))
        #expect(body.digest == nil)
        #expect(try await collected(body) == bytes)
        #expect(body.digest == Digest(of: ByteBuffer(bytes: bytes)))
        #expect(body.fault == nil)
    }

    /// What happens to a file between its first byte and its last.
    enum Change: String, CaseIterable, CustomTestStringConvertible {
        case longer, shorter, rewritten
        var testDescription: String { rawValue }
    }

    @Test(arguments: Change.allCases)
    func `a file that changes while it is read never gives all its bytes`(change: Change) async throws {
        let body = FileBody(try SourceFile(scratch.path, name))
        var iterator = body.makeAsyncIterator()
        var received = try #require(try await iterator.next()).readableBytes
        let handle = try FileHandle(forUpdating: URL(filePath: scratch.path + "/file"))
        switch change {
        case .longer:
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([1]))
        case .shorter: try handle.truncate(atOffset: UInt64(bytes.count - 1))
        case .rewritten:
            try handle.seek(toOffset: UInt64(bytes.count - 1))
            try handle.write(contentsOf: Data([bytes[bytes.count - 1] ^ 1]))
        }
        try handle.close()
        await #expect(throws: SourceError.changed) {
            while let chunk = try await iterator.next() { received += chunk.readableBytes }
        }
        #expect(received < bytes.count)
        #expect(body.digest == nil && body.fault == .changed)
    }

    @Test func `a link or a pipe put in the place of a file isn't opened`() throws {
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: "file")
        #expect(throws: SourceError.self) { try SourceFile(scratch.path, TreePath(bytes: Array("link".utf8))) }
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)
        #expect(throws: SourceError.notAFile) { try SourceFile(scratch.path, TreePath(bytes: Array("pipe".utf8))) }
        #expect(throws: SourceError.self) { try SourceFile(scratch.path, TreePath(bytes: Array("none".utf8))) }
    }
}
