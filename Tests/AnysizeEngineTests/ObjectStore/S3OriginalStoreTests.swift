import AnysizeCore
import AnysizeTesting
import Foundation
import NIOCore
import S3
import Testing

@testable import AnysizeEngine

/// Against a real server.
@Suite(.timeLimit(.minutes(3))) struct S3OriginalStoreTests {
    let bucket: TestBucket

    init() async throws { bucket = try await TestBucket() }

    @Test(arguments: OriginalStoreConformance.allCases)
    func conforms(_ rule: OriginalStoreConformance) async throws {
        try await rule.check(bucket.store())
        #expect(bucket.disk.files(in: bucket.disk.data.staging).isEmpty, "nothing is left behind")
    }

    @Test func `another node finds everything, tombstones too`() async throws {
        let first = StoreSample(store: bucket.store())
        let (_, kept) = try await first.put(try StoreSample.id("kept"), StoreSample.bytes(5000, seed: 1))
        let (_, deleted) = try await first.put(try StoreSample.id("deleted"), StoreSample.bytes(5000, seed: 2))
        _ = try await first.store.delete(deleted.id)
        let second = StoreSample(store: bucket.store())
        try await second.check(kept.id, has: kept, StoreSample.bytes(5000, seed: 1))
        #expect(try await second.store.find(deleted.id) == .deleted)
        #expect(try await second.store.list(after: nil, limit: 10) == [kept])
    }

    @Test func `an original is one object with the image's type, and any S3 client can read it`() async throws {
        let store = bucket.store()
        let bytes = StoreSample.bytes(5000, seed: 1)
        try await StoreSample(store: store).put(try StoreSample.id("plain"), bytes)
        let (head, body) = try await store.client.get("\(bucket.prefix)/plain", byteCountMax: 5000)
        #expect(body == bytes && head.contentType == "image/jpeg")
        #expect(try await store.client.list(prefix: bucket.prefix + "/", after: nil, limit: 10).keys.count == 1)
    }

    @Test func `large originals go in parts, and are as good as others`() async throws {
        let store = bucket.store(rules: TestBucket.inParts)
        let sample = StoreSample(store: store)
        let id = try StoreSample.id("large")
        let bytes = StoreSample.bytes(13_000_000, seed: 1)
        let (outcome, record) = try await sample.put(id, bytes)
        #expect(outcome == .created)
        try await sample.check(id, has: record, bytes)
        #expect(try await sample.put(id, bytes).outcome == .unchanged(record))
        let (second, newer) = try await sample.put(
            id, StoreSample.bytes(12_000_000, seed: 2), if: .matching([record.digest]))
        #expect(second == .replaced(record))
        await #expect(throws: StoreError.conditionFailed) {
            try await sample.put(id, bytes, if: .matching([record.digest]))
        }
        #expect(try await store.delete(id) == newer)
        #expect(try await store.client.unfinishedUploads(prefix: bucket.prefix).isEmpty)
        #expect(bucket.disk.files(in: bucket.disk.data.staging).isEmpty)
    }

    @Test func `two nodes that race create once, and each replacement follows the one before`() async throws {
        let nodes = [bucket.store(), bucket.store()]
        for round in 0..<10 {
            let id = try StoreSample.id("race-\(round)")
            let outcomes = try await race(8) { number -> CommitOutcome? in
                let bytes = StoreSample.bytes(20_000, seed: round * 100 + number)
                do {
                    return try await StoreSample(store: nodes[number % 2]).put(id, bytes, if: .absent).outcome
                } catch StoreError.conditionFailed { return nil }
            }
            #expect(outcomes.compactMap { $0 } == [.created])
            let start = try #require(try await nodes[0].find(id)?.record)
            // Each writer is told what it has replaced: together that is one chain, without a fork.
            let replaced = try await race(8) { number -> (Digest, Digest)? in
                let bytes = StoreSample.bytes(20_000, seed: round * 100 + 50 + number)
                let (outcome, record) = try await StoreSample(store: nodes[number % 2]).put(id, bytes)
                guard case .replaced(let old) = outcome else { return nil }
                return (old.digest, record.digest)
            }.compactMap { $0 }
            let next = Dictionary(replaced, uniquingKeysWith: { first, _ in first })
            #expect(next.count == 8, "nobody replaced what another had replaced")
            var last = start.digest
            for _ in 0..<8 { last = next[last] ?? last }
            #expect(try await nodes[1].find(id)?.record?.digest == last)
            let deleted = try await race(4) { try await nodes[$0 % 2].delete(id) }
            #expect(deleted.compactMap { $0 }.map(\.digest) == [last])
        }
    }

    private func race<Value: Sendable>(
        _ count: Int, _ work: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for number in 0..<count { group.addTask { try await work(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `two nodes serve one version at a time`() async throws {
        let nodes = [bucket.store(), bucket.store()]
        let id = try StoreSample.id("contended")
        try await StoreSample(store: nodes[0]).put(id, StoreSample.bytes(20_000, seed: 0))
        let known = Set((0...12).map { StoreSample.bytes(20_000, seed: $0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 1...12 {
                group.addTask {
                    try await StoreSample(store: nodes[seed % 2]).put(id, StoreSample.bytes(20_000, seed: seed))
                }
                group.addTask {
                    for _ in 0..<5 {
                        let bytes = try #require(try await StoreSample(store: nodes[(seed + 1) % 2]).get(id))
                        #expect(known.contains(bytes))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: - What others did to the bucket

    @Test func `an object without a record is damage, which a plain upload mends`() async throws {
        let store = bucket.store()
        let sample = StoreSample(store: store)
        let id = try StoreSample.id("foreign")
        let foreign = S3ObjectFacts(contentType: "text/plain")
        _ = try await store.client.put("\(bucket.prefix)/foreign", .bytes(ByteBuffer(string: "?")), as: foreign)
        await expectDamage { try await store.find(id) }
        await expectDamage { try await store.delete(id) }
        await expectDamage { try await sample.put(id, StoreSample.bytes(10, seed: 1), if: .absent).outcome }
        #expect(try await store.list(after: nil, limit: 10).isEmpty)
        let bytes = StoreSample.bytes(10, seed: 1)
        let (outcome, record) = try await sample.put(id, bytes)
        #expect(outcome == .recreated)
        try await sample.check(id, has: record, bytes)
        #expect(bucket.disk.metrics.count("damaged-record") > 0)
    }

    @Test func `changed bytes are damage, never a picture, and the same upload heals them`() async throws {
        let store = bucket.store()
        let sample = StoreSample(store: store)
        let bytes = StoreSample.bytes(5000, seed: 1)
        let (_, record) = try await sample.put(try StoreSample.id("rotten"), bytes)
        let key = "\(bucket.prefix)/rotten"
        let metadata = try await store.client.head(key).metadata
        let facts = S3ObjectFacts(contentType: "image/jpeg", metadata: metadata)
        var rotten = bytes
        rotten.setInteger(UInt8(0), at: 2500)
        for other in [rotten, bytes.getSlice(at: 0, length: 4999)!, StoreSample.bytes(5001, seed: 1), ByteBuffer()] {
            _ = try await store.client.put(key, .bytes(other), as: facts)
            await expectDamage { try await store.read(record) }
            #expect(try await sample.put(record.id, bytes).outcome == .unchanged(record))
            try await sample.check(record.id, has: record, bytes)
        }
        #expect(bucket.disk.metrics.count("healed") == 4)
    }

    @Test func `a record takes no more room than metadata has`() async throws {
        let id = try StoreSample.id(String(repeating: "x", count: 128))
        var record = StoreSample.record(id, StoreSample.bytes(10, seed: 1))
        record.facts.profile = String(repeating: "𝔘", count: 100)
        let usual = StoredOriginal.present(record, WriteMark())
        #expect(try StoredOriginal.read(usual.metadata(), of: id) == usual, "the longest name that is ever read fits")
        // A preview and a palette fit beside what is usual; where a name takes their room, they go first.
        record.facts.palette = Palette(rgba: [255, 255, 255, 255, 0, 0, 0, 255])
        record.facts.preview = String(repeating: "A", count: 240)
        let long = record
        record.facts.profile = "sRGB"
        let small = StoredOriginal.present(record, WriteMark())
        #expect(try StoredOriginal.read(small.metadata(), of: id) == small)
        record.facts.preview = String(repeating: "A", count: 2000)
        let without = try StoredOriginal.read(StoredOriginal.present(record, WriteMark()).metadata(), of: id)
        #expect(without.record?.facts.preview == nil && without.record?.facts.palette == record.facts.palette)
        record = long
        record.facts.palette = nil
        record.facts.preview = nil
        record.facts.profile = String(repeating: "𝔘", count: 2000)
        let metadata = try StoredOriginal.present(record, WriteMark()).metadata()
        let byteCount = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        #expect(byteCount < 2000 && metadata.values.allSatisfy { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
        let found = try #require(try StoredOriginal.read(metadata, of: id).record)
        record.facts.profile = found.facts.profile
        #expect(found == record && found.facts.profile?.isEmpty == false)
        record.facts.blurHash = String(repeating: "b", count: 2000)
        #expect(throws: StoreError.self) { try StoredOriginal.present(record, WriteMark()).metadata() }
    }

    @Test func `no change of a record's text goes unnoticed`() throws {
        let id = try StoreSample.id("checked")
        let stored = StoredOriginal.present(StoreSample.record(id, StoreSample.bytes(10, seed: 1)), WriteMark())
        let text = try #require(stored.metadata()[StoredOriginal.metadataName])
        for position in 0..<text.utf8.count {
            var bytes = Array(text.utf8)
            bytes[position] = bytes[position] == UInt8(ascii: "B") ? UInt8(ascii: "C") : UInt8(ascii: "B")
            let changed = [StoredOriginal.metadataName: String(decoding: bytes, as: UTF8.self)]
            #expect(throws: StoreError.self) { try StoredOriginal.read(changed, of: id) }
        }
        let other = try StoreSample.id("other")
        #expect(throws: StoreError.self) { try StoredOriginal.read(stored.metadata(), of: other) }
    }

    @Test func `abandoned uploads in parts are swept once they are old`() async throws {
        let store = bucket.store()
        let facts = S3ObjectFacts(contentType: "image/jpeg")
        _ = try await store.client.createUpload("\(bucket.prefix)/left", as: facts)
        let now = Int(Date().timeIntervalSince1970)
        #expect(await store.sweepUploads(now: now) == 0)
        #expect(await store.sweepUploads(now: now + 90_000) == 1)
        #expect(try await store.client.unfinishedUploads(prefix: bucket.prefix).isEmpty)
    }

    private func expectDamage<Value>(_ work: () async throws -> Value) async {
        do {
            _ = try await work()
            Issue.record("damage went unnoticed")
        } catch {
            guard case .damaged = error as? StoreError else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

extension StoreEntry {
    fileprivate var record: OriginalRecord? {
        if case .present(let record) = self { record } else { nil }
    }
}
