import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import Testing

@testable import AnysizeEngine

@Suite(.timeLimit(.minutes(1))) struct DiskCacheTests {
    let disk: TestDisk

    init() throws { disk = try TestDisk() }

    @Test(arguments: VariantCacheConformance.allCases)
    func conforms(_ rule: VariantCacheConformance) async throws {
        let cache = disk.cache()
        await cache.scan()
        try await rule.check(cache)
        #expect(disk.files(in: disk.data.staging).isEmpty, "nothing is left behind")
        #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount)
    }

    @Test(arguments: VariantCacheConformance.allCases)
    func `conforms while the scan has yet to come`(_ rule: VariantCacheConformance) async throws {
        try await rule.check(disk.cache(64 << 20))
    }

    @Test func `variants are found again after a restart, and counted once the scan is through`() async throws {
        let key = try CacheSample.key(1)
        let first = disk.cache()
        await first.store(CacheSample.variant(5000), for: key)
        let second = disk.cache()
        #expect(await second.find(key) == CacheSample.variant(5000))
        #expect(second.usage == CacheUsage())
        await second.scan()
        #expect(second.usage == first.usage)
        #expect(second.usage == CacheUsage(byteCount: 8192, variantCount: 1))
        #expect(await second.find(key) == CacheSample.variant(5000))
    }

    @Test func `what the scan hasn't found costs no system call`() async throws {
        let script = FaultScript()
        let cache = disk.cache(16 << 20, 1000, script.faults)
        await cache.scan()
        script.reset()
        #expect(await cache.find(try CacheSample.key(1)) == nil)
        #expect(script.calls.isEmpty)
    }

    @Test func `what the kernel has in memory is given without waiting, where it is sound`() async throws {
        let key = try CacheSample.key(1)
        let cache = disk.cache()
        await cache.scan()
        await cache.store(CacheSample.variant(30_000), for: key)
        let path = cache.path(of: key).file
        do {
            let file = try FileSystem().openCachedFile(path)
            _ = try file.read(1, at: 0)
        } catch {
            // Nothing is read so on kernels before 5.12, and on some file systems.
            #expect([ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code), "\(error)")
            #expect(cache.peek(key) == nil)
            return
        }
        #expect(cache.peek(key) == CacheSample.variant(30_000))
        try TestDisk.change(path) { $0[1000] ^= 1 }
        #expect(cache.peek(key) == nil)
        #expect(FileManager.default.fileExists(atPath: path), "whoever may wait counts the fault, and removes the file")
        #expect(await cache.find(key) == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        await cache.store(CacheSample.variant(2_000_000), for: key)
        #expect(cache.peek(key) == nil, "too large to be read in passing")
        #expect(await cache.find(key) == CacheSample.variant(2_000_000))
    }

    @Test func `a flipped bit anywhere in a file is a miss, and the file goes`() async throws {
        let key = try CacheSample.key(1)
        let variant = CacheSample.variant(60)
        let cache = disk.cache()
        await cache.scan()
        let path = cache.path(of: key).file
        for position in 0..<(VariantFile.headByteCount + 60) {
            await cache.store(variant, for: key)
            try TestDisk.change(path) { $0[position] ^= 1 << UInt8(position % 8) }
            #expect(await cache.find(key) == nil, "byte \(position)")
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(cache.usage == CacheUsage())
        }
        #expect(disk.metrics.count("damaged") == 108)
    }

    @Test(arguments: [0, 1, 47, 48, 49, 107, 109, 5000])
    func `a file of another length is a miss, and goes`(_ length: Int) async throws {
        let key = try CacheSample.key(1)
        let cache = disk.cache()
        await cache.store(CacheSample.variant(60), for: key)
        let path = cache.path(of: key).file
        try TestDisk.change(path) { bytes in
            bytes = Array((bytes + Array(repeating: 0, count: 5000)).prefix(length))
        }
        #expect(await cache.find(key) == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(disk.metrics.count("damaged") == 1)
    }

    @Test func `a file under another's name is a miss`() async throws {
        let (key, other) = (try CacheSample.key(1, 1), try CacheSample.key(1, 2))
        let cache = disk.cache()
        await cache.store(CacheSample.variant(60), for: key)
        try FileManager.default.copyItem(atPath: cache.path(of: key).file, toPath: cache.path(of: other).file)
        #expect(await cache.find(other) == nil)
        #expect(await cache.find(key) != nil)
    }

    @Test func `a file that somebody has removed is a miss, and counted out`() async throws {
        let key = try CacheSample.key(1)
        let cache = disk.cache()
        await cache.store(CacheSample.variant(60), for: key)
        try FileManager.default.removeItem(atPath: cache.path(of: key).directory)
        #expect(await cache.find(key) == nil)
        #expect(cache.usage == CacheUsage())
        #expect(disk.metrics.count("vanished") == 1)
        await cache.store(CacheSample.variant(60), for: key)
        #expect(await cache.find(key) != nil)
    }

    @Test func `the scan removes what is no variant, or in the wrong place`() async throws {
        let key = try CacheSample.key(1)
        await disk.cache().store(CacheSample.variant(60), for: key)
        let cache = disk.cache()
        let place = cache.path(of: key)
        let variants = disk.data.variants
        try FileManager.default.createDirectory(atPath: "\(variants)/lost+found", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(variants)/zz", withIntermediateDirectories: true)
        let unknown = ["\(variants)/README", "\(place.parent)/x", "\(place.directory)/x", "\(place.parent)/\(key)"]
        for path in unknown + ["\(variants)/zz/kept"] { try Data("?".utf8).write(to: URL(fileURLWithPath: path)) }
        await cache.scan()
        #expect(disk.files(in: variants) == [place.file, "\(variants)/zz/kept"].sorted())
        #expect(cache.usage.variantCount == 1)
    }

    @Test func `the files never take up more than the limit, and what is wanted often stays`() async throws {
        let byteCountMax = 1 << 20
        let cache = disk.cache(byteCountMax)
        await cache.scan()
        let favourite = try CacheSample.key(0)
        var random = SeededRandom(seed: 3)
        for number in 0..<300 {
            await cache.store(
                CacheSample.variant(Int.random(in: 1...40_000, using: &random)), for: try CacheSample.key(1, number))
            if await cache.find(favourite) == nil { await cache.store(CacheSample.variant(5000), for: favourite) }
            _ = await cache.find(favourite)
            if number % 20 == 0 { #expect(diskUsage() <= byteCountMax) }
        }
        #expect(diskUsage() == cache.usage.byteCount)
        #expect(cache.usage.byteCount > byteCountMax / 2)
        #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount)
        #expect(await cache.find(favourite) != nil)
    }

    @Test func `many writers at once stay below the limit, and the index knows each file`() async throws {
        let cache = disk.cache(512 << 10)
        await cache.scan()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<60 {
                        // Some keys of its own and some that all write.
                        let key = try CacheSample.key(number.isMultiple(of: 3) ? 9 : writer, number)
                        await cache.store(CacheSample.variant(20_000, seed: number), for: key)
                        _ = await cache.find(try CacheSample.key(9, number))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(diskUsage() <= 512 << 10)
        #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount)
    }

    @Test func `the number of variants is bounded too`() async throws {
        let cache = disk.cache(16 << 20, 20)
        await cache.scan()
        for number in 0..<100 { await cache.store(CacheSample.variant(10), for: try CacheSample.key(1, number)) }
        #expect(cache.usage.variantCount == 20)
        #expect(disk.files(in: disk.data.variants).count == 20)
    }

    @Test func `a variant above a quarter of the tier isn't kept`() async throws {
        let cache = disk.cache(64 << 10)
        await cache.scan()
        await cache.store(CacheSample.variant(16 << 10), for: try CacheSample.key(1))
        #expect(cache.usage == CacheUsage())
        #expect(disk.metrics.count("oversize") == 1)
    }

    @Test func `under a lower limit the oldest variants go`() async throws {
        let before = disk.cache()
        for number in 0..<30 {
            let key = try CacheSample.key(1, number)
            await before.store(CacheSample.variant(4000), for: key)
            let time = Date(timeIntervalSince1970: 1_700_000_000 + Double((number * 7) % 30))
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: before.path(of: key).file)
        }
        let after = disk.cache(10 * 4096)
        await after.scan()
        #expect(after.usage == CacheUsage(byteCount: 40_960, variantCount: 10))
        #expect(diskUsage() == 40_960)
        for number in 0..<30 {
            #expect((await after.find(try CacheSample.key(1, number)) != nil) == ((number * 7) % 30 >= 20))
        }
    }

    @Test func `before the scan only a twentieth is added`() async throws {
        let cache = disk.cache(1 << 20)
        for number in 0..<40 { await cache.store(CacheSample.variant(4000), for: try CacheSample.key(1, number)) }
        #expect(cache.usage.byteCount == 12 * 4096)
        #expect(disk.metrics.count("scanning") == 28)
        await cache.scan()
        for number in 0..<40 { await cache.store(CacheSample.variant(4000), for: try CacheSample.key(1, number)) }
        #expect(cache.usage.variantCount == 40)
    }

    @Test func `what goes and comes while the scan runs is counted rightly`() async throws {
        for number in 0..<50 {
            await disk.cache().store(CacheSample.variant(100), for: try CacheSample.key(number % 5, number))
        }
        let cache = disk.cache()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cache.scan() }
            group.addTask { _ = await cache.removeAll(of: CacheSample.tag(3)) }
            group.addTask {
                for number in 40..<80 {
                    await cache.store(CacheSample.variant(100), for: try CacheSample.key(number % 5, number))
                }
            }
            try await group.waitForAll()
        }
        #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount)
        #expect(diskUsage() == cache.usage.byteCount)
    }

    @Test func `a file that goes after the scan has seen it isn't counted, unless it comes back`() throws {
        var index = DiskCacheIndex(byteCountMax: 1 << 20, variantCountMax: 100)
        let keys = try (0..<3).map { PackedKey(try CacheSample.key(1, $0)) }
        index.remove(keys[0])
        index.remove(keys[1])
        _ = index.insert(keys[1], charge: 4096)
        _ = index.insertFound(keys.map { DiskCache.Found(key: $0, charge: 4096, modified: 0) }[...])
        #expect(keys.map(index.contains) == [false, true, true])
        #expect(index.usage == CacheUsage(byteCount: 8192, variantCount: 2))
    }

    @Test func `a file that was dropped and has been stored again stays`() async throws {
        let key = try CacheSample.key(1)
        let cache = disk.cache()
        await cache.store(CacheSample.variant(100), for: key)
        cache.removeFiles(of: [PackedKey(key)])
        #expect(await cache.find(key) == CacheSample.variant(100))
    }

    @Test(arguments: [EIO, ENOSPC, EMFILE])
    func `whatever call fails, it is a miss and the count is right`(_ code: CInt) async throws {
        for number in 1...24 {
            let disk = try TestDisk()
            let script = FaultScript()
            let cache = disk.cache(16 << 20, 1000, script.faults)
            await cache.scan()
            await cache.store(CacheSample.variant(100), for: try CacheSample.key(1, 0))
            script.fail(number, with: code)
            await cache.store(CacheSample.variant(100), for: try CacheSample.key(2, 1))
            for key in [try CacheSample.key(1, 0), try CacheSample.key(2, 1)] {
                let found = await cache.find(key)
                #expect(found == nil || found == CacheSample.variant(100))
            }
            _ = await cache.removeAll(of: CacheSample.tag(1))
            let failed = script.failed
            script.reset()
            let context = Comment(rawValue: "\(number): \(failed)")
            if failed.first?.call != .remove {
                #expect(disk.files(in: disk.data.staging).isEmpty, context)
                if failed.first?.call != .list {
                    #expect(disk.files(in: disk.data.variants).count == cache.usage.variantCount, context)
                }
            }
            await cache.store(CacheSample.variant(100), for: try CacheSample.key(2, 1))
            #expect(await cache.find(try CacheSample.key(2, 1)) == CacheSample.variant(100), context)
        }
    }

    @Test func `too many open files say nothing of a variant`() async throws {
        let script = FaultScript()
        let cache = disk.cache(16 << 20, 1000, script.faults)
        await cache.store(CacheSample.variant(100), for: try CacheSample.key(1))
        script.fail(1, with: EMFILE)
        #expect(await cache.find(try CacheSample.key(1)) == nil)
        #expect(disk.metrics.count("unreadable") == 1)
        #expect(await cache.find(try CacheSample.key(1)) != nil)
    }

    @Test func `a key is the same after packing`() throws {
        for number in [0, 1, 255, Int.max] {
            let key = try CacheSample.key(number, number)
            #expect(PackedKey(key).key == key)
        }
        #expect(PackedKey(try CacheSample.key(1, 1)) != PackedKey(try CacheSample.key(1, 2)))
    }

    /// What the files really take up, in whole blocks.
    private func diskUsage() -> Int {
        disk.files(in: disk.data.variants).reduce(0) { sum, path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return sum + ((size?.intValue ?? 0) + 4095) / 4096 * 4096
        }
    }
}
