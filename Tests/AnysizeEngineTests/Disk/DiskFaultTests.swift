import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import AnysizeEngine

/// Each change is made again and again, and each time another system call fails: the first, then the second, and so on.
@Suite(.timeLimit(.minutes(1))) struct DiskFaultTests {
    enum Change: String, CaseIterable, Sendable {
        case create, replace, replaceDeleted, delete, deleteAgain, heal, uploadAgain

        static let id = "id"
        static let old = StoreSample.bytes(3000, seed: 1)
        static let new = StoreSample.bytes(3000, seed: 2)

        /// What is there before; nil for nothing.
        func prepare(_ disk: TestDisk) async throws -> OriginalRecord? {
            guard self != .create else { return nil }
            let sample = StoreSample(store: disk.store())
            let (_, record) = try await sample.put(try StoreSample.id(Self.id), Self.old)
            if self == .replaceDeleted || self == .deleteAgain { _ = try await sample.store.delete(record.id) }
            if self == .heal {
                let path = OriginalPlace(of: record.id, in: disk.data.originals).bytesPath(record.digest)
                try TestDisk.change(path) { $0[5] ^= 1 }
            }
            return record
        }

        /// Does it, and throws only what the store throws.
        func make(_ store: DiskOriginalStore) async throws {
            let id = try StoreSample.id(Self.id)
            switch self {
            case .create, .replace, .replaceDeleted:
                let staged = try await store.stage()
                try await append(Self.new, to: staged)
                _ = try await store.commit(staged, as: StoreSample.record(id, Self.new), if: .always)
            case .heal, .uploadAgain:
                let staged = try await store.stage()
                try await append(Self.old, to: staged)
                _ = try await store.commit(staged, as: StoreSample.record(id, Self.old), if: .always)
            case .delete, .deleteAgain: _ = try await store.delete(id)
            }
        }

        private func append(_ bytes: ByteBuffer, to staged: any StagedOriginal) async throws {
            do {
                try await staged.append(bytes)
            } catch {
                await staged.discard()
                throw error
            }
        }

        var digestBefore: Digest? {
            switch self {
            case .create, .replaceDeleted, .deleteAgain: nil
            case .replace, .delete, .heal, .uploadAgain: Digest(of: Self.old)
            }
        }

        var digestAfter: Digest? {
            switch self {
            case .create, .replace, .replaceDeleted: Digest(of: Self.new)
            case .delete, .deleteAgain: nil
            case .heal, .uploadAgain: Digest(of: Self.old)
            }
        }
    }

    @Test(arguments: Change.allCases, [EIO, ENOSPC, EINTR])
    func `one failing call fails the change cleanly, or not at all`(_ change: Change, _ code: CInt) async throws {
        var number = 0
        var failures = 0
        while true {
            number += 1
            let disk = try TestDisk()
            let script = FaultScript()
            _ = try await change.prepare(disk)
            let store = disk.store(script.faults)
            script.fail(number, with: code)
            let error = await self.error(of: change, store)
            let failed = script.failed
            script.reset()
            let context = Comment(rawValue: "call \(number), \(failed): \(error.map { "\($0)" } ?? "done")")
            let expected = error == nil ? change.digestAfter : change.digestBefore
            for store in [store, disk.store()] {
                #expect(try await digest(in: store) == expected, context)
            }
            if code == EINTR, failed.first?.call != .flush { #expect(error == nil, context) }
            if code == ENOSPC, let error { #expect(error.isFull, context) }
            if failed.first?.call == .flush { #expect(error != nil, context) }
            if failed.first?.call != .remove { #expect(disk.files(in: disk.data.staging).isEmpty, context) }
            if error == nil || change != .heal { try await checkBytes(disk, expected, context) }
            if error != nil { failures += 1 }
            if failed.isEmpty { break }
        }
        #expect(number > 8, "so many calls were failed")
        #expect(failures > (code == EINTR ? 0 : 4))
    }

    /// Two in a row, so that the cleaning up after the first fails; and all, since the disk has broken down for good.
    @Test(arguments: Change.allCases, [2, 1_000_000])
    func `if more calls fail, the old or the new original is there, whole`(_ change: Change, _ count: Int) async throws
    {
        var number = 0
        while true {
            number += 1
            let disk = try TestDisk()
            let script = FaultScript()
            _ = try await change.prepare(disk)
            let store = disk.store(script.faults)
            script.fail(number, count: count, with: EIO)
            let error = await self.error(of: change, store)
            let failed = script.failed
            script.reset()
            let context = Comment(rawValue: "call \(number), \(failed.prefix(2))")
            for store in [store, disk.store()] {
                let digest = try await digest(in: store)
                #expect(digest == change.digestAfter || error != nil && digest == change.digestBefore, context)
            }
            if error == nil || change != .heal {
                try await checkBytes(disk, try await digest(in: disk.store()), context)
            }
            if failed.isEmpty { break }
        }
        #expect(number > 8)
    }

    @Test func `what a reader has seen of an upload that fails is forgotten`() async throws {
        let disk = try TestDisk()
        let place = OriginalPlace(of: try StoreSample.id(Change.id), in: disk.data.originals)
        let reader = Mutex<DiskOriginalStore?>(nil)
        let store = disk.store(
            FileFaults { call, path in
                guard call == .flush, path == place.directory, let store = reader.withLock({ $0 }) else { return nil }
                // The second of the two flushes: the record has its name.
                guard let entry = try? store.look(up: place) else { return nil }
                #expect(entry != .deleted)
                return EIO
            }
        )
        reader.withLock { $0 = store }
        #expect(await error(of: .create, store) != nil)
        #expect(try await store.find(place.id) == nil)
        reader.withLock { $0 = nil }
    }

    @Test func `each step of an upload is on the disk before the next`() async throws {
        let disk = try TestDisk()
        let script = FaultScript()
        try await Change.create.make(disk.store(script.faults))
        let place = OriginalPlace(of: try StoreSample.id(Change.id), in: disk.data.originals)
        let named = [
            place.bytesPath(Digest(of: Change.new)): "bytes", place.recordPath: "record", place.directory: "directory",
            place.parent: "parent", disk.data.originals: "originals",
        ]
        let steps: [FileCall] = [.write, .flush, .rename, .makeDirectory]
        let order = script.calls.filter { steps.contains($0.call) }.map { "\($0.call) \(named[$0.path] ?? "staged")" }
        #expect(
            order == [
                "write staged", "flush staged",
                "makeDirectory parent", "makeDirectory directory", "flush originals", "flush parent",
                "rename bytes", "flush directory",
                "write staged", "flush staged", "rename record", "flush directory",
            ]
        )
    }

    @Test func `a second upload to a directory relies on the first having flushed it`() async throws {
        let disk = try TestDisk()
        let script = FaultScript()
        let store = disk.store(script.faults)
        try await Change.create.make(store)
        script.reset()
        _ = try await store.delete(try StoreSample.id(Change.id))
        try await Change.replaceDeleted.make(store)
        #expect(!script.calls.contains { $0.call == .makeDirectory })
    }

    @Test func `a check fails with the disk and recovers with it`() async throws {
        let disk = try TestDisk()
        let script = FaultScript()
        let store = disk.store(script.faults)
        for (code, isFull) in [(EIO, false), (ENOSPC, true), (EDQUOT, true), (EROFS, false)] {
            for number in 1...5 where number != 4 {
                script.fail(number, with: code)
                do {
                    try await store.check()
                    Issue.record("call \(number) wasn't needed: \(script.calls)")
                } catch {
                    #expect(error.isFull == isFull)
                }
            }
        }
        script.reset()
        try await store.check()
        #expect(disk.files(in: disk.data.staging).isEmpty)
    }

    // MARK: - Helpers

    private func error(of change: Change, _ store: DiskOriginalStore) async -> StoreError? {
        do {
            try await change.make(store)
            return nil
        } catch let error as StoreError {
            return error
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    private func digest(in store: DiskOriginalStore) async throws -> Digest? {
        guard case .present(let record) = try await store.find(try StoreSample.id(Change.id)) else { return nil }
        return record.digest
    }

    /// The bytes of the original are whole, and after a sweep they are all there is.
    private func checkBytes(_ disk: TestDisk, _ digest: Digest?, _ context: Comment) async throws {
        let store = disk.store()
        let id = try StoreSample.id(Change.id)
        await store.sweepOrphans(pause: .zero)
        if case .present(let record) = try await store.find(id) {
            #expect(try await Digest(of: store.read(record)) == digest, context)
        } else {
            #expect(digest == nil, context)
        }
        let hasRecord = try await store.find(id) != nil
        #expect(disk.originalFiles(of: id).count == (digest == nil ? 0 : 1) + (hasRecord ? 1 : 0), context)
    }
}

extension StoreError {
    fileprivate var isFull: Bool { if case .full = self { true } else { false } }
}
