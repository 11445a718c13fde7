package import AnysizeCore
package import NIOCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What every ``OriginalStore`` must do. An adapter's tests run each case with an empty store of its own:
///
///     @Test(arguments: OriginalStoreConformance.allCases)
///     func conforms(_ rule: OriginalStoreConformance) async throws { try await rule.check(makeStore()) }
package enum OriginalStoreConformance: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case findsNothingAtFirst = "finds nothing at first"
    case givesBackWhatWasCommitted = "gives back what was committed, byte for byte"
    case joinsWhatWasAppended = "joins what was appended, and shows it before the commit"
    case replaces = "replaces, and tells what was replaced"
    case knowsTheSameBytes = "knows the same bytes, and keeps the record that was there"
    case keepsConditions = "writes only where the condition holds"
    case discards = "forgets what is discarded, and doesn't mind a discard after a commit"
    case deletes = "deletes, remembers it, and deletes once"
    case createsAfterDelete = "takes an original of an id that was deleted"
    case missesReplacedBytes = "says that bytes are missing once they are replaced or deleted"
    case takesEveryID = "takes every id that is allowed, and mixes none up"
    case sharesBytesBetweenIDs = "keeps the same bytes under two ids apart"
    case listsInPages = "lists in the order of bytes, page by page, without what was deleted"
    case servesOneVersionAtATime =
        "serves complete versions only while 50 write and 50 read, and the last one afterwards"
    case createsOnce = "lets one of 20 create what none may replace"
    case neverPeeksAtThePast = "knows without waiting nothing that isn't so any more, or yet"
    case isFit = "finds nothing wrong with itself"

    package var testDescription: String { rawValue }

    package func check(_ store: any OriginalStore) async throws {
        let sample = StoreSample(store: store)
        switch self {
        case .findsNothingAtFirst: try await sample.findsNothingAtFirst()
        case .givesBackWhatWasCommitted: try await sample.givesBackWhatWasCommitted()
        case .joinsWhatWasAppended: try await sample.joinsWhatWasAppended()
        case .replaces: try await sample.replaces()
        case .knowsTheSameBytes: try await sample.knowsTheSameBytes()
        case .keepsConditions: try await sample.keepsConditions()
        case .discards: try await sample.discards()
        case .deletes: try await sample.deletes()
        case .createsAfterDelete: try await sample.createsAfterDelete()
        case .missesReplacedBytes: try await sample.missesReplacedBytes()
        case .takesEveryID: try await sample.takesEveryID()
        case .sharesBytesBetweenIDs: try await sample.sharesBytesBetweenIDs()
        case .listsInPages: try await sample.listsInPages()
        case .servesOneVersionAtATime: try await sample.servesOneVersionAtATime()
        case .createsOnce: try await sample.createsOnce()
        case .neverPeeksAtThePast: try await sample.neverPeeksAtThePast()
        case .isFit: try await store.check()
        }
    }
}

/// A store and short ways to use it.
package struct StoreSample: Sendable {
    package let store: any OriginalStore

    package init(store: any OriginalStore) { self.store = store }

    /// Bytes that differ in every place for two seeds, so that no mixture of two versions passes for either.
    package static func bytes(_ count: Int, seed: Int) -> ByteBuffer {
        SampleBytes.make(count, seed: seed)
    }

    package static func id(_ text: String) throws -> OriginalID { try #require(OriginalID(text)) }

    package static func record(_ id: OriginalID, _ bytes: ByteBuffer) -> OriginalRecord {
        let facts = PictureFacts(
            format: .jpeg, width: 4000, height: 3000, orientation: 6, pageCount: 1, hasAlpha: false, isGray: false,
            bitDepth: 8, profile: "Display P3", dominantColor: "#102030", thumbHash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w",
            blurHash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj"
        )
        return OriginalRecord(
            id: id, digest: Digest(of: bytes), byteCount: bytes.readableBytes, created: Date(), facts: facts
        )
    }

    @discardableResult
    package func put(
        _ id: OriginalID, _ bytes: ByteBuffer, if condition: WriteCondition = .always
    ) async throws -> (outcome: CommitOutcome, record: OriginalRecord) {
        let staged = try await store.stage()
        try await staged.append(bytes)
        let record = Self.record(id, bytes)
        return (try await store.commit(staged, as: record, if: condition), record)
    }

    /// What a reader gets: nil where there is none. Looks again where it came between a record and its bytes.
    package func get(_ id: OriginalID) async throws -> ByteBuffer? {
        while true {
            guard case .present(let record) = try await store.find(id) else { return nil }
            do {
                return try await store.read(record)
            } catch {
                guard error == .missing else { throw error }
            }
        }
    }

    package func check(_ id: OriginalID, has record: OriginalRecord, _ bytes: ByteBuffer) async throws {
        #expect(try await store.find(id) == .present(record))
        #expect(try await store.read(record) == bytes)
    }
}

extension StoreSample {
    fileprivate func findsNothingAtFirst() async throws {
        let id = try Self.id("nothing")
        #expect(try await store.find(id) == nil)
        #expect(try await store.list(after: nil, limit: 10).isEmpty)
        #expect(try await store.delete(id) == nil)
        #expect(try await store.find(id) == nil, "what was never there is not remembered as deleted")
    }

    fileprivate func givesBackWhatWasCommitted() async throws {
        for (index, count) in [0, 1, 4095, 4096, 4097, 300_000].enumerated() {
            let id = try Self.id("size-\(count)")
            let bytes = Self.bytes(count, seed: index)
            let (outcome, record) = try await put(id, bytes)
            #expect(outcome == .created)
            try await check(id, has: record, bytes)
        }
    }

    fileprivate func joinsWhatWasAppended() async throws {
        let bytes = Self.bytes(100_000, seed: 1)
        let staged = try await store.stage()
        var rest = bytes
        while let part = rest.readSlice(length: min(30_000, max(rest.readableBytes, 1))) {
            try await staged.append(part)
        }
        #expect(try await staged.bytes() == bytes)
        let record = Self.record(try Self.id("joined"), bytes)
        #expect(try await store.find(record.id) == nil)
        #expect(try await store.commit(staged, as: record, if: .always) == .created)
        try await check(record.id, has: record, bytes)
    }

    fileprivate func replaces() async throws {
        let id = try Self.id("replaced")
        let (_, first) = try await put(id, Self.bytes(1000, seed: 1))
        let newBytes = Self.bytes(2000, seed: 2)
        let (outcome, second) = try await put(id, newBytes)
        #expect(outcome == .replaced(first))
        try await check(id, has: second, newBytes)
        let (again, third) = try await put(id, Self.bytes(1000, seed: 1))
        #expect(again == .replaced(second))
        try await check(id, has: third, Self.bytes(1000, seed: 1))
        #expect(try await store.list(after: nil, limit: 10) == [third])
    }

    fileprivate func knowsTheSameBytes() async throws {
        let id = try Self.id("same")
        let bytes = Self.bytes(5000, seed: 3)
        let (_, first) = try await put(id, bytes)
        let (outcome, _) = try await put(id, bytes)
        #expect(outcome == .unchanged(first))
        try await check(id, has: first, bytes)
    }

    fileprivate func keepsConditions() async throws {
        let id = try Self.id("conditional")
        let old = Self.bytes(100, seed: 1)
        let new = Self.bytes(100, seed: 2)
        await #expect(throws: StoreError.conditionFailed) { try await put(id, old, if: .present) }
        await #expect(throws: StoreError.conditionFailed) { try await put(id, old, if: .matching([Digest(of: old)])) }
        #expect(try await store.find(id) == nil)
        #expect(try await put(id, old, if: .absent).outcome == .created)
        await #expect(throws: StoreError.conditionFailed) { try await put(id, new, if: .absent) }
        await #expect(throws: StoreError.conditionFailed) { try await put(id, new, if: .matching([Digest(of: new)])) }
        await #expect(throws: StoreError.conditionFailed) { try await put(id, new, if: .matching([])) }
        #expect(try await get(id) == old)
        _ = try await put(id, new, if: .matching([Digest(of: new), Digest(of: old)]))
        #expect(try await get(id) == new)
        _ = try await put(id, old, if: .present)
        #expect(try await get(id) == old)
        _ = try await store.delete(id)
        await #expect(throws: StoreError.conditionFailed) { try await put(id, new, if: .present) }
        #expect(try await store.find(id) == .deleted)
        #expect(try await put(id, new, if: .absent).outcome == .recreated)
    }

    fileprivate func discards() async throws {
        let staged = try await store.stage()
        try await staged.append(Self.bytes(10_000, seed: 1))
        await staged.discard()
        await staged.discard()
        let committed = try await store.stage()
        let bytes = Self.bytes(10_000, seed: 2)
        try await committed.append(bytes)
        let record = Self.record(try Self.id("kept"), bytes)
        _ = try await store.commit(committed, as: record, if: .always)
        await committed.discard()
        try await check(record.id, has: record, bytes)
        #expect(try await store.list(after: nil, limit: 10) == [record])
    }

    fileprivate func deletes() async throws {
        let (_, record) = try await put(try Self.id("deleted"), Self.bytes(1000, seed: 1))
        #expect(try await store.delete(record.id) == record)
        #expect(try await store.find(record.id) == .deleted)
        #expect(try await store.delete(record.id) == nil)
        #expect(try await store.find(record.id) == .deleted)
    }

    fileprivate func createsAfterDelete() async throws {
        let id = try Self.id("back")
        let bytes = Self.bytes(1000, seed: 1)
        try await put(id, bytes)
        _ = try await store.delete(id)
        let (outcome, record) = try await put(id, bytes)
        #expect(outcome == .recreated)
        try await check(id, has: record, bytes)
    }

    fileprivate func missesReplacedBytes() async throws {
        let id = try Self.id("gone")
        let (_, first) = try await put(id, Self.bytes(1000, seed: 1))
        let (_, second) = try await put(id, Self.bytes(1000, seed: 2))
        await #expect(throws: StoreError.missing) { try await store.read(first) }
        _ = try await store.delete(id)
        await #expect(throws: StoreError.missing) { try await store.read(second) }
    }

    fileprivate func takesEveryID() async throws {
        let longest = String(repeating: "x", count: 128)
        let texts = [
            "a", "A", "-", "_", "0", "a.", "a..", "-rf", "a_", "record", "a-record",
            "a.jpg", "A.jpg", "a.JPG", longest, String(longest.dropLast()) + "y",
            "azAZ09._-",
        ]
        var records: [OriginalRecord] = []
        for (seed, text) in texts.enumerated() {
            records.append(try await put(try Self.id(text), Self.bytes(500, seed: seed)).record)
        }
        for (seed, record) in records.enumerated() {
            try await check(record.id, has: record, Self.bytes(500, seed: seed))
        }
        #expect(try await store.list(after: nil, limit: 1000) == records.sorted { $0.id < $1.id })
    }

    fileprivate func sharesBytesBetweenIDs() async throws {
        let bytes = Self.bytes(1000, seed: 1)
        let (_, first) = try await put(try Self.id("first"), bytes)
        let (_, second) = try await put(try Self.id("second"), bytes)
        _ = try await store.delete(first.id)
        try await check(second.id, has: second, bytes)
    }

    fileprivate func listsInPages() async throws {
        var records: [OriginalRecord] = []
        for number in 0..<40 {
            let id = try Self.id(number.isMultiple(of: 2) ? "Page-\(number)" : "page.\(number)")
            records.append(try await put(id, Self.bytes(10, seed: number)).record)
        }
        for record in records.prefix(10) { _ = try await store.delete(record.id) }
        let expected = records.dropFirst(10).sorted { $0.id < $1.id }
        for limit in [1, 7, 30, 1000] {
            var listed: [OriginalRecord] = []
            while true {
                let page = try await store.list(after: listed.last?.id, limit: limit)
                #expect(page.count <= limit)
                listed += page
                if page.count < limit { break }
            }
            #expect(listed == expected, "pages of \(limit)")
        }
        let middle = try Self.id("Z")
        #expect(try await store.list(after: middle, limit: 1000) == expected.filter { $0.id > middle })
    }

    fileprivate func servesOneVersionAtATime() async throws {
        let id = try Self.id("contended")
        let store = store
        // Of equal length, so that a mixture wouldn't show by that.
        let versions = (0..<50).map { Self.bytes(20_000, seed: $0 * 5) }
        try await put(id, versions[0])
        let known = Set(versions)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for version in versions {
                group.addTask { try await StoreSample(store: store).put(id, version) }
                group.addTask {
                    for _ in 0..<4 {
                        let bytes = try #require(try await StoreSample(store: store).get(id))
                        #expect(known.contains(bytes))
                    }
                }
            }
            try await group.waitForAll()
        }
        let last = Self.bytes(20_000, seed: 251)
        try await put(id, last)
        for _ in 0..<10 { #expect(try await get(id) == last) }
        #expect(try await store.list(after: nil, limit: 10).map(\.digest) == [Digest(of: last)])
    }

    /// Readers that come and go meanwhile must not put an old record back.
    fileprivate func neverPeeksAtThePast() async throws {
        let id = try Self.id("peeked")
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !Task.isCancelled {
                        _ = try await store.find(id)
                        // A store in memory may never wait, and tasks' threads are few.
                        await Task.yield()
                    }
                }
            }
            for seed in 0..<50 {
                let count = store.changeCount
                let (_, record) = try await put(id, Self.bytes(100, seed: seed))
                #expect(store.changeCount > count)
                for _ in 0..<3 {
                    let known = store.peek(id)
                    #expect(known == nil || known == .present(record))
                    _ = try await store.find(id)
                }
                guard seed.isMultiple(of: 10) else { continue }
                let countBefore = store.changeCount
                _ = try await store.delete(id)
                #expect(store.changeCount > countBefore)
                let known = store.peek(id)
                #expect(known == nil || known == .deleted)
            }
            group.cancelAll()
        }
    }

    fileprivate func createsOnce() async throws {
        let id = try Self.id("once")
        let store = store
        let created = try await withThrowingTaskGroup(of: Int?.self) { group in
            for seed in 0..<20 {
                group.addTask {
                    do {
                        let outcome = try await StoreSample(store: store)
                            .put(id, Self.bytes(1000, seed: seed), if: .absent).outcome
                        #expect(outcome == .created)
                        return seed
                    } catch StoreError.conditionFailed {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: [Int]()) { if let seed = $1 { $0.append(seed) } }
        }
        #expect(created.count == 1)
        let seed = try #require(created.first)
        #expect(try await get(id) == Self.bytes(1000, seed: seed))
    }
}
