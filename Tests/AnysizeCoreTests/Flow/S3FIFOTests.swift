import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct S3FIFOTests {
    @Test func `An entry that was inserted is resident and counted`() {
        var policy = S3FIFO<String>(byteCountMax: 1_000)
        #expect(policy.insert("a", byteCount: 100).isEmpty)
        #expect(policy.insert("b", byteCount: 50).isEmpty)
        #expect(policy.contains("a"))
        #expect(policy.count == 2)
        #expect(policy.byteCount == 150)
    }

    @Test func `An entry of a quarter of the cache is kept and a larger one refused`() {
        var policy = S3FIFO<String>(byteCountMax: 1_000)
        #expect(policy.entryByteCountMax == 250)
        #expect(policy.insert("fits", byteCount: 250).isEmpty)
        #expect(policy.insert("too large", byteCount: 251) == ["too large"])
        #expect(!policy.contains("too large"))
        #expect(policy.byteCount == 250)
    }

    @Test func `A resident entry that has become too large is dropped and refused`() {
        var policy = S3FIFO<String>(byteCountMax: 1_000)
        _ = policy.insert("a", byteCount: 100)
        #expect(policy.insert("a", byteCount: 500) == ["a"])
        #expect(policy.count == 0)
        #expect(policy.byteCount == 0)
    }

    @Test func `A cache without bytes refuses everything`() {
        var policy = S3FIFO<Int>(byteCountMax: 0)
        #expect(policy.insert(1, byteCount: 1) == [1])
        #expect(policy.count == 0)
    }

    @Test func `Removing gives the bytes back, once`() {
        var policy = S3FIFO<Int>(byteCountMax: 1_000)
        for key in 0..<5 { _ = policy.insert(key, byteCount: 10 + key) }
        #expect(policy.remove(2) == 12)
        #expect(policy.remove(2) == nil)
        #expect(!policy.contains(2))
        #expect(policy.byteCount == 10 + 11 + 13 + 14)
    }

    @Test func `Inserting a resident key with another size changes the sum and never drops the key itself`() {
        var policy = S3FIFO<Int>(byteCountMax: 100)
        for key in 0..<10 { _ = policy.insert(key, byteCount: 10) }
        let dropped = policy.insert(0, byteCount: 25)
        #expect(!dropped.contains(0))
        #expect(policy.contains(0))
        #expect(policy.byteCount == 25 + 10 * (9 - dropped.count))
        #expect(policy.byteCount <= 100)
    }

    @Test func `Keys that nobody wanted again leave in the order they came`() {
        var policy = S3FIFO<Int>(byteCountMax: 100)
        let dropped = (0..<50).flatMap { policy.insert($0, byteCount: 10) }
        #expect(dropped == Array(0..<40))
    }

    @Test func `A dropped key is remembered and outlives newcomers when it returns`() {
        var policy = S3FIFO<Int>(byteCountMax: 100)
        for key in 0..<11 { _ = policy.insert(key, byteCount: 10) }
        #expect(!policy.contains(0))
        #expect(policy.ghostCount == 1)
        _ = policy.insert(0, byteCount: 10)
        for key in 100..<120 { _ = policy.insert(key, byteCount: 10) }
        #expect(policy.contains(0))
    }

    @Test func `A removed key isn't remembered`() {
        var policy = S3FIFO<Int>(byteCountMax: 100)
        for key in 0..<11 { _ = policy.insert(key, byteCount: 10) }
        #expect(policy.remove(0) == nil)
        #expect(policy.ghostCount == 0)
    }

    @Test func `As many bytes of dropped keys are remembered as main may hold`() {
        var policy = S3FIFO<Int>(byteCountMax: 1_000)
        for key in 0..<10_000 { _ = policy.insert(key, byteCount: 10) }
        #expect(policy.count == 100)
        #expect(policy.ghostCount == 90)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `Random operations keep to a model of what is resident`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let byteCountMax = Int.random(in: 40...4_000, using: &random)
        var policy = S3FIFO<Int>(byteCountMax: byteCountMax)
        var model: [Int: Int] = [:]
        for _ in 0..<4_000 {
            let key = Int.random(in: 0..<200, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let byteCount = Int.random(in: 1...max(2, byteCountMax / 3), using: &random)
                let dropped = policy.insert(key, byteCount: byteCount)
                if byteCount > policy.entryByteCountMax {
                    #expect(dropped == [key])
                } else {
                    model[key] = byteCount
                    #expect(!dropped.contains(key))
                    #expect(Set(dropped).count == dropped.count)
                    #expect(dropped.allSatisfy { model[$0] != nil })
                }
                for key in dropped { model[key] = nil }
            case 5..<9:
                policy.touch(key)
            default:
                #expect(policy.remove(key) == model.removeValue(forKey: key))
            }
            #expect(policy.contains(key) == (model[key] != nil))
            #expect(policy.byteCount <= byteCountMax)
            #expect(policy.byteCount == model.values.reduce(0, +))
            #expect(policy.count == model.count)
        }
        #expect((0..<200).allSatisfy { policy.contains($0) == (model[$0] != nil) })
    }

    @Test func `A hot set survives one scan of ten times the cache`() {
        var policy = S3FIFO<Int>(byteCountMax: 10_000)
        let hot = 0..<500
        for _ in 0..<4 { for key in hot { _ = request(key, of: &policy) } }
        for key in 1_000_000..<1_010_000 { _ = policy.insert(key, byteCount: 10) }
        // What was still in the small queue when the scan began may go; that is a tenth of the cache at most.
        #expect(hot.count { policy.contains($0) } >= 400)
    }

    @Test func `On a skewed trace it hits more often than plain FIFO`() {
        let hits = Hits(of: Trace.zipf(count: 60_000, seed: 1), entryCountMax: 500)
        #expect(hits.s3FIFO > hits.fifo)
        #expect(hits.s3FIFO > hits.lru)
    }

    @Test func `On a skewed trace with scans in it it hits clearly more often than LRU`() {
        let hits = Hits(of: Trace.zipfWithScans(count: 60_000, seed: 2), entryCountMax: 500)
        #expect(Double(hits.s3FIFO) > 1.1 * Double(hits.lru))
        #expect(Double(hits.s3FIFO) > 1.1 * Double(hits.fifo))
    }

    /// Whether the key was there; if not, it is now.
    private func request(_ key: Int, of policy: inout S3FIFO<Int>) -> Bool {
        guard !policy.contains(key) else {
            policy.touch(key)
            return true
        }
        _ = policy.insert(key, byteCount: 10)
        return false
    }
}

/// How often three policies with room for as many entries would have had what a trace asks for.
private struct Hits {
    var s3FIFO = 0
    var lru = 0
    var fifo = 0

    init(of trace: [Int], entryCountMax: Int) {
        var policy = S3FIFO<Int>(byteCountMax: 10 * entryCountMax)
        var lru = QueueModel(entryCountMax: entryCountMax, isMovedByHits: true)
        var fifo = QueueModel(entryCountMax: entryCountMax, isMovedByHits: false)
        for key in trace {
            if policy.contains(key) {
                policy.touch(key)
                s3FIFO += 1
            } else {
                _ = policy.insert(key, byteCount: 10)
            }
            if lru.request(key) { self.lru += 1 }
            if fifo.request(key) { self.fifo += 1 }
        }
    }
}

/// LRU or FIFO in the plainest form: a queue of requests, of which only the latest of each key counts.
private struct QueueModel {
    let entryCountMax: Int
    let isMovedByHits: Bool
    private var stamps: [Int: Int] = [:]
    private var queue: [(key: Int, stamp: Int)] = []
    private var front = 0

    init(entryCountMax: Int, isMovedByHits: Bool) {
        self.entryCountMax = entryCountMax
        self.isMovedByHits = isMovedByHits
    }

    mutating func request(_ key: Int) -> Bool {
        let isHit = stamps[key] != nil
        guard !isHit || isMovedByHits else { return true }
        stamps[key] = queue.count
        queue.append((key, queue.count))
        while stamps.count > entryCountMax {
            let oldest = queue[front]
            front += 1
            if stamps[oldest.key] == oldest.stamp { stamps[oldest.key] = nil }
        }
        return isHit
    }
}

private enum Trace {
    /// Requests for 5,000 keys of which the nth is wanted 1/n as often as the first.
    static func zipf(count: Int, seed: UInt64) -> [Int] {
        var random = SeededRandom(seed: seed)
        var sum = 0.0
        let cumulated = (1...5_000).map { rank in
            sum += 1 / Double(rank)
            return sum
        }
        return (0..<count).map { _ in
            let wanted = Double.random(in: 0..<sum, using: &random)
            var (low, high) = (0, cumulated.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if cumulated[middle] <= wanted { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// The same, and now and then a crawl over 1,000 keys that nobody else wants.
    static func zipfWithScans(count: Int, seed: UInt64) -> [Int] {
        var trace: [Int] = []
        var next = 1_000_000
        for (index, key) in zipf(count: count, seed: seed).enumerated() {
            trace.append(key)
            guard index % 3_000 == 2_999 else { continue }
            trace += next..<next + 1_000
            next += 1_000
        }
        return trace
    }
}
