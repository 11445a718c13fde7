import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import NIOCore
import Testing

import Foundation

@Suite struct DiskFailureMarksTests {
    private let original = Digest(of: ByteBuffer(string: "bomb"))
    private let mark = FailureMark(
        reason: .crashed, attemptCount: 2, time: Date(timeIntervalSince1970: 1_800_000_000), pixelCount: 77)

    @Test func `A mark is found again after a restart, until it is removed`() async throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let marks = DiskFailureMarks(directory: try DataDirectory(path: path), threads: FileThreads())
            #expect(await marks.find(original) == nil)
            await marks.set(FailureMark(reason: .timedOut, attemptCount: 1, time: mark.time), for: original)
            await marks.set(mark, for: original)
            #expect(await marks.find(original) == mark)
        }
        let marks = DiskFailureMarks(directory: try DataDirectory(path: path), threads: FileThreads())
        #expect(await marks.find(original) == mark)
        #expect(await marks.find(Digest(of: ByteBuffer(string: "other"))) == nil)
        await marks.remove(original)
        #expect(await marks.find(original) == nil)
    }

    @Test func `Old marks are swept`() async throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let marks = DiskFailureMarks(directory: try DataDirectory(path: path), threads: FileThreads())
        let last = Digest(of: ByteBuffer(string: "the last attempt"))
        await marks.set(mark, for: original)
        await marks.set(FailureMark(reason: .crashed, attemptCount: 5, time: mark.time), for: last)
        await marks.sweep(now: mark.time + 86_000)
        #expect(await marks.find(original) == mark)
        await marks.sweep(now: mark.time + 87_000)
        #expect(await marks.find(original) == nil)
        #expect(await marks.find(last) != nil)
        await marks.sweep(now: mark.time + 8 * 86_400)
        #expect(await marks.find(last) == nil)
    }

    @Test func `A damaged mark is none`() async throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let marks = DiskFailureMarks(directory: try DataDirectory(path: path), threads: FileThreads())
        try Data("{\"reason\":".utf8).write(to: URL(filePath: "\(path)/marks/\(original)"))
        #expect(await marks.find(original) == nil)
    }
}
