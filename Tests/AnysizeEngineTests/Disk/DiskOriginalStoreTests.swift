import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import AnysizeEngine

@Suite(.timeLimit(.minutes(1))) struct DiskOriginalStoreTests {
    let disk: TestDisk

    init() throws { disk = try TestDisk() }

    @Test(arguments: OriginalStoreConformance.allCases)
    func conforms(_ rule: OriginalStoreConformance) async throws {
        try await rule.check(disk.store())
        #expect(disk.files(in: disk.data.staging).isEmpty, "nothing is left behind")
    }

    @Test func `originals and tombstones are there after a restart`() async throws {
        let first = StoreSample(store: disk.store())
        let (_, kept) = try await first.put(try StoreSample.id("kept"), StoreSample.bytes(5000, seed: 1))
        let (_, deleted) = try await first.put(try StoreSample.id("deleted"), StoreSample.bytes(5000, seed: 2))
        _ = try await first.store.delete(deleted.id)
        let second = StoreSample(store: disk.store())
        try await second.check(kept.id, has: kept, StoreSample.bytes(5000, seed: 1))
        #expect(try await second.store.find(deleted.id) == .deleted)
        #expect(try await second.store.list(after: nil, limit: 10) == [kept])
    }

    @Test func `only the bytes of the present version take up room`() async throws {
        let store = StoreSample(store: disk.store())
        let id = try StoreSample.id("one")
        for seed in 0..<5 { try await store.put(id, StoreSample.bytes(100, seed: seed)) }
        #expect(disk.originalFiles(of: id).count == 2)
        _ = try await store.store.delete(id)
        #expect(disk.originalFiles(of: id).count == 1)
    }

    @Test(arguments: [0, 1, 2500, 4999])
    func `a flipped bit is damage, never a picture`(_ position: Int) async throws {
        let record = try await putAndChange { $0[position] ^= 0x10 }
        await expectDamage { try await disk.store().read(record) }
    }

    @Test(arguments: [0, 2500, 4999])
    func `bytes that were sound once are checked again each time`(_ position: Int) async throws {
        let store = StoreSample(store: disk.store())
        let bytes = StoreSample.bytes(5000, seed: 1)
        let (_, record) = try await store.put(try StoreSample.id("one"), bytes)
        for _ in 0..<3 { #expect(try await store.store.read(record) == bytes) }
        let path = bytesPath(record)
        var changed = try Array(Data(contentsOf: URL(filePath: path)))
        changed[position] ^= 1
        try Data(changed).write(to: URL(filePath: path))
        await expectDamage { try await store.store.read(record) }
    }

    @Test(arguments: [0, 1, 4999, 5001])
    func `a file of another length is damage`(_ length: Int) async throws {
        let record = try await putAndChange { $0 = Array(($0 + [0]).prefix(length)) }
        await expectDamage { try await disk.store().read(record) }
    }

    @Test func `lost bytes are damage, not an original that is missing`() async throws {
        let record = try await putAndChange { _ in }
        try FileManager.default.removeItem(atPath: bytesPath(record))
        await expectDamage { try await disk.store().read(record) }
    }

    @Test func `the same bytes uploaded again heal damage`() async throws {
        let record = try await putAndChange { $0[7] ^= 1 }
        let store = StoreSample(store: disk.store())
        let (outcome, _) = try await store.put(record.id, StoreSample.bytes(5000, seed: 1))
        #expect(outcome == .unchanged(record))
        try await store.check(record.id, has: record, StoreSample.bytes(5000, seed: 1))
        #expect(disk.metrics.count("healed") == 1)
    }

    @Test func `a flipped bit anywhere in a record is damage`() async throws {
        let store = StoreSample(store: disk.store())
        let (_, record) = try await store.put(try StoreSample.id("record"), StoreSample.bytes(10, seed: 1))
        let path = OriginalPlace(of: record.id, in: disk.data.originals).recordPath
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        for position in sound.indices {
            var bytes = ByteBuffer(bytes: sound)
            bytes.setInteger(sound[position] ^ 1 << (position % 8), at: position)
            let entry = Result { () throws(StoreError) in try OriginalRecordFile.decode(bytes, for: record.id) }
            guard case .failure(.damaged) = entry else {
                Issue.record("byte \(position) of \(sound.count): \(entry)")
                continue
            }
        }
        #expect(try OriginalRecordFile.decode(ByteBuffer(bytes: sound), for: record.id) == .present(record))
    }

    @Test func `a damaged record hides no other, and an upload mends it`() async throws {
        let store = StoreSample(store: disk.store())
        let (_, sound) = try await store.put(try StoreSample.id("sound"), StoreSample.bytes(10, seed: 1))
        let (_, broken) = try await store.put(try StoreSample.id("broken"), StoreSample.bytes(10, seed: 2))
        try TestDisk.change(OriginalPlace(of: broken.id, in: disk.data.originals).recordPath) { $0[30] ^= 1 }
        let later = StoreSample(store: disk.store())
        #expect(try await later.store.list(after: nil, limit: 10) == [sound])
        await expectDamage { try await later.store.find(broken.id) }
        await expectDamage { try await later.put(broken.id, StoreSample.bytes(10, seed: 3), if: .present) }
        let (outcome, mended) = try await later.put(broken.id, StoreSample.bytes(10, seed: 3))
        #expect(outcome == .recreated)
        try await later.check(broken.id, has: mended, StoreSample.bytes(10, seed: 3))
    }

    @Test func `a record of another's is damage`() async throws {
        let store = StoreSample(store: disk.store())
        let (_, one) = try await store.put(try StoreSample.id("one"), StoreSample.bytes(10, seed: 1))
        let other = OriginalPlace(of: try StoreSample.id("other"), in: disk.data.originals)
        try FileManager.default.createDirectory(atPath: other.directory, withIntermediateDirectories: true)
        let path = OriginalPlace(of: one.id, in: disk.data.originals).recordPath
        try FileManager.default.copyItem(atPath: path, toPath: other.recordPath)
        await expectDamage { try await store.store.find(other.id) }
    }

    @Test func `the sweep removes what no record names and nothing else`() async throws {
        let store = StoreSample(store: disk.store())
        let (_, kept) = try await store.put(try StoreSample.id("kept"), StoreSample.bytes(10, seed: 1))
        let (_, deleted) = try await store.put(try StoreSample.id("deleted"), StoreSample.bytes(10, seed: 2))
        let deletedBytes = try Data(contentsOf: URL(fileURLWithPath: bytesPath(deleted)))
        _ = try await store.store.delete(deleted.id)
        // As crashes leave them: after a delete, before a replacement, before a creation; and a file that isn't ours.
        let never = OriginalPlace(of: try StoreSample.id("never"), in: disk.data.originals)
        try FileManager.default.createDirectory(atPath: never.directory, withIntermediateDirectories: true)
        let orphans = [
            bytesPath(deleted), OriginalPlace(of: kept.id, in: disk.data.originals).bytesPath(deleted.digest),
            never.bytesPath(deleted.digest),
        ]
        let foreign = "\(never.directory)/README"
        for path in orphans + [foreign] { try deletedBytes.write(to: URL(fileURLWithPath: path)) }
        #expect(await disk.store().sweepOrphans(pause: .zero) == 3)
        for path in orphans { #expect(!FileManager.default.fileExists(atPath: path)) }
        #expect(FileManager.default.fileExists(atPath: foreign))
        try await StoreSample(store: disk.store()).check(kept.id, has: kept, StoreSample.bytes(10, seed: 1))
        #expect(disk.metrics.count("orphan") == 3)
    }

    @Test func `the sweep leaves uploads alone that are being committed`() async throws {
        let store = disk.store()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled { await store.sweepOrphans(pause: .zero) }
            }
            for writer in 0..<4 {
                group.addTask {
                    for seed in 0..<20 {
                        let id = try StoreSample.id("id\(writer)")
                        let sample = StoreSample(store: store)
                        let (_, record) = try await sample.put(id, StoreSample.bytes(100, seed: seed))
                        try await sample.check(id, has: record, StoreSample.bytes(100, seed: seed))
                    }
                }
            }
            for _ in 0..<4 { try await group.next() }
            group.cancelAll()
        }
    }

    @Test func `bytes whose record is still to come are no orphan`() async throws {
        let place = OriginalPlace(of: try StoreSample.id("coming"), in: disk.data.originals)
        let gate = ThreadGate()
        let seen = Mutex(false)
        let store = disk.store(
            FileFaults { call, path in
                if call == .flush, path == place.directory { gate.passFirst() }
                if call == .list, path == place.directory { seen.withLock { $0 = true } }
                return nil
            }
        )
        async let put = StoreSample(store: store).put(place.id, StoreSample.bytes(10, seed: 1))
        await gate.waitUntilReached()
        async let count = store.sweepOrphans(pause: .zero)
        await eventually { seen.withLock { $0 } }
        // Time for a sweep that didn't wait; one that does can't end before the gate opens.
        for _ in 0..<2000 { await Task.yield() }
        gate.open()
        let record = try await put.record
        #expect(await count == 0)
        try await StoreSample(store: store).check(place.id, has: record, StoreSample.bytes(10, seed: 1))
    }

    @Test func `a reader that is overtaken by a writer doesn't bring the old record back`() async throws {
        let sample = StoreSample(store: disk.store())
        let id = try StoreSample.id("raced")
        try await sample.put(id, StoreSample.bytes(10, seed: 1))
        // The reader has the old record open and is stopped before it reads it, until the writer is done.
        let gate = ThreadGate()
        let store = disk.store(
            FileFaults { call, path in
                if call == .read, path.hasSuffix("~record") { gate.passFirst() }
                return nil
            })
        async let stale = store.find(id)
        await gate.waitUntilReached()
        let (_, new) = try await StoreSample(store: store).put(id, StoreSample.bytes(10, seed: 2))
        gate.open()
        #expect(try await stale != .present(new), "the reader did read the old record")
        #expect(try await store.find(id) == .present(new))
    }

    @Test func `an upload that nobody finishes leaves nothing behind`() async throws {
        let store = disk.store()
        do {
            let staged = try await store.stage()
            try await staged.append(StoreSample.bytes(10_000, seed: 1))
            #expect(disk.files(in: disk.data.staging).count == 1)
        }
        await eventually { disk.files(in: disk.data.staging).isEmpty }
    }

    @Test func `bytes that are not of the length of their record are refused`() async throws {
        let store = disk.store()
        let staged = try await store.stage()
        try await staged.append(StoreSample.bytes(99, seed: 1))
        let record = StoreSample.record(try StoreSample.id("short"), StoreSample.bytes(100, seed: 1))
        await #expect(throws: StoreError.self) { try await store.commit(staged, as: record, if: .always) }
        #expect(try await store.find(record.id) == nil)
        #expect(disk.files(in: disk.path).count == 1, "only the lock")
    }

    @Test func `the ids of a page are the first of all, whatever order they come in`() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let ids = try (0..<Int.random(in: 0...60, using: &random)).map { _ in
                try StoreSample.id(String(Int.random(in: 0...9999, using: &random), radix: 36))
            }
            let unique = Array(Set(ids))
            let after = Bool.random(using: &random) ? unique.randomElement(using: &random) : nil
            let count = Int.random(in: 1...70, using: &random)
            var smallest = SmallestIDs(after: after, countMax: count)
            for id in unique.shuffled(using: &random) { smallest.insert(id) }
            #expect(smallest.ids == unique.sorted().filter { after == nil || $0 > after! }.prefix(count).map { $0 })
        }
    }

    // MARK: - Helpers

    private func putAndChange(_ change: (inout [UInt8]) -> Void) async throws -> OriginalRecord {
        let store = StoreSample(store: disk.store())
        let (_, record) = try await store.put(try StoreSample.id("original"), StoreSample.bytes(5000, seed: 1))
        try TestDisk.change(bytesPath(record), change)
        return record
    }

    private func bytesPath(_ record: OriginalRecord) -> String {
        OriginalPlace(of: record.id, in: disk.data.originals).bytesPath(record.digest)
    }

    private func expectDamage(_ work: () async throws -> some Any) async {
        do {
            _ = try await work()
            Issue.record("damage wasn't noticed")
        } catch {
            guard case StoreError.damaged = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(disk.metrics.count("damaged-bytes") + disk.metrics.count("damaged-record") > 0)
    }
}

/// Stops the first thread that comes by, until it is opened.
private final class ThreadGate: Sendable {
    private let reached = Mutex(false)
    private let semaphore = DispatchSemaphore(value: 0)

    func passFirst() {
        let isFirst = reached.withLock { reached in
            defer { reached = true }
            return !reached
        }
        if isFirst { semaphore.wait() }
    }

    func waitUntilReached() async { await eventually { reached.withLock { $0 } } }

    func open() { semaphore.signal() }
}
