import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import Testing

@testable import AnysizeEngine

/// On a real file system of a few megabytes, where mounting one is allowed.
@Suite(.enabled(if: TinyDisk.isAvailable, "needs the right to mount a file system"), .timeLimit(.minutes(1)))
struct FullDiskTests {
    @Test func `an upload that doesn't fit is refused, leaves nothing, and the next one that does is taken`()
        async throws
    {
        let tiny = try TinyDisk("size=2m")
        let disk = try TestDisk(at: tiny.path)
        let sample = StoreSample(store: disk.store())
        let small = StoreSample.bytes(500_000, seed: 1)
        let (_, record) = try await sample.put(try StoreSample.id("small"), small)
        let staged = try await sample.store.stage()
        await expectFull { try await staged.append(StoreSample.bytes(3_000_000, seed: 2)) }
        await staged.discard()
        #expect(disk.files(in: disk.data.staging).isEmpty)
        try await sample.check(record.id, has: record, small)
        try await sample.put(record.id, StoreSample.bytes(900_000, seed: 3))
        #expect(try await sample.get(record.id) == StoreSample.bytes(900_000, seed: 3))
    }

    @Test func `with no room for a record the original before stays, and can be deleted or replaced later`()
        async throws
    {
        let tiny = try TinyDisk("size=2m")
        let disk = try TestDisk(at: tiny.path)
        let sample = StoreSample(store: disk.store())
        let (_, record) = try await sample.put(try StoreSample.id("old"), StoreSample.bytes(1000, seed: 1))
        let staged = try await sample.store.stage()
        try await staged.append(StoreSample.bytes(1000, seed: 2))
        try tiny.fill()
        let new = StoreSample.record(record.id, StoreSample.bytes(1000, seed: 2))
        await expectFull { try await sample.store.commit(staged, as: new, if: .always) }
        try await sample.check(record.id, has: record, StoreSample.bytes(1000, seed: 1))
        // The staged bytes have made room again.
        try tiny.fill()
        await expectFull { try await sample.store.check() }
        #expect(disk.files(in: disk.data.staging).isEmpty)
        try tiny.empty()
        try await sample.store.check()
        #expect(try await sample.put(record.id, StoreSample.bytes(1000, seed: 2)).outcome == .replaced(record))
    }

    @Test func `no more files is no more room`() async throws {
        let tiny = try TinyDisk("size=4m,nr_inodes=30")
        let disk = try TestDisk(at: tiny.path)
        let sample = StoreSample(store: disk.store())
        await expectFull {
            for number in 0..<30 {
                try await sample.put(try StoreSample.id("id\(number)"), StoreSample.bytes(10, seed: number))
            }
        }
        #expect(disk.files(in: disk.data.staging).isEmpty)
        for record in try await sample.store.list(after: nil, limit: 100) {
            #expect(try await Digest(of: sample.store.read(record)) == record.digest)
        }
    }

    @Test func `a disk that only reads still serves`() async throws {
        let tiny = try TinyDisk("size=2m")
        let disk = try TestDisk(at: tiny.path)
        let sample = StoreSample(store: disk.store())
        let cache = disk.cache()
        let (_, record) = try await sample.put(try StoreSample.id("kept"), StoreSample.bytes(1000, seed: 1))
        await cache.store(CacheSample.variant(100), for: try CacheSample.key(1))
        try tiny.remount("ro")
        try await sample.check(record.id, has: record, StoreSample.bytes(1000, seed: 1))
        await expect({ if case .unavailable = $0 { true } else { false } }) { try await sample.store.stage() }
        await expect({ if case .unavailable = $0 { true } else { false } }) { try await sample.store.check() }
        await cache.store(CacheSample.variant(100), for: try CacheSample.key(2))
        #expect(await cache.find(try CacheSample.key(1)) == CacheSample.variant(100))
        #expect(await cache.find(try CacheSample.key(2)) == nil)
        #expect(disk.metrics.count("unwritable") == 1)
        try tiny.remount("rw")
        try await sample.store.check()
    }

    @Test func `a tier that is larger than its disk makes room for itself and for originals`() async throws {
        let tiny = try TinyDisk("size=2m")
        let disk = try TestDisk(at: tiny.path)
        let cache = disk.cache(100 << 20)
        await cache.scan()
        for number in 0..<60 { await cache.store(CacheSample.variant(100_000), for: try CacheSample.key(1, number)) }
        #expect(disk.metrics.count("full") > 0)
        #expect(cache.usage.variantCount > 10)
        #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount)
        let sample = StoreSample(store: disk.store())
        var attempts = 0
        while attempts < 20 {
            do {
                try await sample.put(try StoreSample.id("wanted"), StoreSample.bytes(500_000, seed: 1))
                break
            } catch StoreError.full {
                await cache.giveWay()
                attempts += 1
            }
        }
        #expect(attempts > 0 && attempts < 20)
        #expect(try await sample.get(try StoreSample.id("wanted")) == StoreSample.bytes(500_000, seed: 1))
    }

    private func expectFull(_ work: () async throws -> some Any) async {
        await expect({ if case .full = $0 { true } else { false } }, from: work)
    }

    private func expect(_ isExpected: (StoreError) -> Bool, from work: () async throws -> some Any) async {
        do {
            _ = try await work()
            Issue.record("there was room")
        } catch {
            #expect((error as? StoreError).map(isExpected) == true, "\(error)")
        }
    }
}

/// A file system in memory, unmounted when the value goes away.
private final class TinyDisk: Sendable {
    let path: String

    static let isAvailable: Bool = (try? TinyDisk("size=1m")) != nil

    init(_ options: String) throws {
        path = "\(FileManager.default.temporaryDirectory.path)/anysize-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        do {
            try Self.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }

    deinit {
        try? Self.run("umount", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    func remount(_ mode: String) throws { try Self.run("mount", "-o", "remount,\(mode)", path) }

    /// Takes all room that is left.
    func fill() throws {
        let filler = "\(path)/filler-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: filler, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: filler))
        while (try? file.write(contentsOf: Data(repeating: 1, count: 4096))) != nil {}
        try file.close()
    }

    /// Gives it back.
    func empty() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasPrefix("filler-") {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    private struct Failure: Error {}

    private static func run(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
    }
}
