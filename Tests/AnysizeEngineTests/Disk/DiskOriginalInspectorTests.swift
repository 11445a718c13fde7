import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import Testing

@testable import AnysizeEngine

@Suite struct DiskOriginalInspectorTests {
    private let disk: TestDisk
    private let store: DiskOriginalStore
    private let inspector: DiskOriginalInspector

    init() throws {
        disk = try TestDisk()
        store = disk.store()
        inspector = try DiskOriginalInspector(path: disk.path, threads: TestDisk.threads)
    }

    /// Stores some bytes, and tells their id.
    private func put(_ text: String, as id: String? = nil) async throws -> OriginalID {
        let bytes = ByteBuffer(string: text)
        let digest = Digest(of: bytes)
        let record = OriginalRecord(
            id: id.flatMap { OriginalID($0) } ?? OriginalID(contentOf: digest), digest: digest,
            byteCount: bytes.readableBytes, created: Date(), facts: .sample(4, 3))
        let staged = try await store.stage()
        try await staged.append(bytes)
        _ = try await store.commit(staged, as: record, if: .always)
        return record.id
    }

    private func files(of id: OriginalID) throws -> (record: String, bytes: String) {
        let files = disk.originalFiles(of: id)
        return (
            try #require(files.first { $0.hasSuffix("~record") }),
            try #require(files.first { !$0.hasSuffix("~record") })
        )
    }

    private func word(for id: OriginalID, _ inspector: DiskOriginalInspector) async -> String {
        switch await inspector.inspect(id, pace: { _ in }) {
        case .sound: "sound"
        case .gone: "gone"
        case .damaged: "damaged"
        case .missing: "missing"
        case .unreadable: "unreadable"
        }
    }

    private func inspect(_ id: OriginalID) async -> Inspection { await inspector.inspect(id) { _ in } }

    @Test func `a sound original is told with its length, bytes and record`() async throws {
        let id = try await put("picture")
        #expect(await inspect(id) == .sound(byteCount: 7))
        #expect(await inspector.read(id)?.bytes == ByteBuffer(string: "picture"))
    }

    @Test func `each flipped bit is found`() async throws {
        let id = try await put("abc")
        let path = try files(of: id).bytes
        for bit in 0..<24 {
            try TestDisk.change(path) { $0[bit / 8] ^= 1 << (bit % 8) }
            guard case .damaged = await inspect(id) else {
                Issue.record("bit \(bit)")
                return
            }
            #expect(await inspector.read(id) == nil)
            try TestDisk.change(path) { $0[bit / 8] ^= 1 << (bit % 8) }
        }
        #expect(await inspect(id) == .sound(byteCount: 3))
    }

    @Test func `a shorter file, a longer one and none are found`() async throws {
        let id = try await put("picture")
        let path = try files(of: id).bytes
        try TestDisk.change(path) { $0.removeLast() }
        #expect(await word(for: id, inspector) == "damaged")
        try TestDisk.change(path) { $0 += [1, 2] }
        #expect(await word(for: id, inspector) == "damaged")
        try FileManager.default.removeItem(atPath: path)
        #expect(await word(for: id, inspector) == "missing")
    }

    @Test func `a record that isn't what was written is damage`() async throws {
        let id = try await put("picture")
        try TestDisk.change(files(of: id).record) { $0[20] ^= 1 }
        #expect(await word(for: id, inspector) == "damaged")
    }

    @Test func `a disk that fails is no damage`() async throws {
        let id = try await put("picture")
        let faults = FileFaults { call, path in call == .read && path.hasSuffix("~record") == false ? EIO : nil }
        let failing = try DiskOriginalInspector(
            path: disk.path, threads: TestDisk.threads, files: FileSystem(faults: faults))
        #expect(await word(for: id, failing) == "unreadable")
    }

    @Test func `what was deleted is gone, and what never was as well`() async throws {
        let id = try await put("picture")
        _ = try await store.delete(id)
        #expect(await inspect(id) == .gone)
        #expect(await inspect(try #require(OriginalID("never"))) == .gone)
    }

    @Test func `pieces hold every id once, in an order that stays the same`() async throws {
        var ids: Set<OriginalID> = []
        for number in 0..<300 { ids.insert(try await put("picture \(number)")) }
        let pieces = try await inspector.pieces()
        #expect(pieces == pieces.sorted() && Set(pieces).count == pieces.count)
        var found: [OriginalID] = []
        for piece in pieces { found += try await inspector.ids(in: piece) }
        #expect(found.count == 300 && Set(found) == ids)
    }

    @Test(.timeLimit(.minutes(1))) func `an original that is replaced again and again is never a finding`() async throws
    {
        let id = try await put("first", as: "name")
        let done = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<150 { _ = try await put("picture \(round)", as: "name") }
                done.change { $0 = true }
            }
            var lookCount = 0
            while !done.value {
                guard case .sound = await inspect(id) else {
                    Issue.record("\(await inspect(id))")
                    break
                }
                lookCount += 1
            }
            #expect(lookCount > 10)
            try await group.waitForAll()
        }
    }

    @Test func `looking takes no lock and leaves no trace`() async throws {
        _ = try await put("picture")
        let before = disk.files(in: disk.path)
        // Something that is being written, which a start would remove.
        let staged = try await store.stage()
        let ledger = VerificationLedger()
        let verification = Verification(of: inspector, bytesPerSecondMax: 0, ledger: ledger) { finding in
            Issue.record("\(finding)")
        }
        try await verification.run()
        #expect(ledger.counts.sound == 1 && ledger.counts.isCounted && ledger.counts.found == 1)
        #expect(disk.files(in: disk.path).count == before.count + 1)
        await staged.discard()
        #expect(disk.files(in: disk.path) == before)
    }

    @Test func `a directory that never held originals is refused, not made`() throws {
        let path = disk.path + "/elsewhere"
        #expect(throws: DataDirectoryError.self) { try DiskOriginalInspector(path: path, threads: TestDisk.threads) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a verification finds everything, goes on from a part, and keeps its rate`() async throws {
        for number in 0..<40 { _ = try await put(String(repeating: "x", count: 1000) + "\(number)") }
        let bad = try await put("bad one")
        try FileManager.default.removeItem(atPath: files(of: bad).bytes)
        let findings = Shared<[VerificationFinding]>([])
        let ledger = VerificationLedger()
        let started = ContinuousClock.now
        try await Verification(of: inspector, bytesPerSecondMax: 100_000, ledger: ledger) { finding in
            findings.change { $0.append(finding) }
        }.run()
        // 40 KB, less what a burst lets through.
        #expect(ContinuousClock.now - started >= .milliseconds(100))
        #expect(ledger.counts.sound == 40 && ledger.counts.done == 41 && ledger.counts.piece == nil)
        #expect(findings.value.map(\.kind) == [.missing] && findings.value.map(\.id) == [bad.description])

        let pieces = try await inspector.pieces()
        let rest = VerificationLedger()
        try await Verification(
            of: inspector, bytesPerSecondMax: 0, from: pieces[pieces.count / 2], ledger: rest, found: { _ in }
        ).run()
        #expect(rest.counts.done < 41 && rest.counts.done > 0)
    }
}
