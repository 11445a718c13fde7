import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct RateBoundTests {
    @Test func `no more than the rate and one burst is ever let through`() {
        var random = SeededRandom(seed: 9)
        for rate in [1000, 1_000_000] {
            var bound = RateBound(rate: rate)
            var now = 0.0
            var done = 0
            for _ in 0..<2000 {
                let count = Int.random(in: 1...(rate / 10), using: &random)
                now += bound.delaySeconds(for: count, now: now)
                done += count
                // What is paid for after it was let through is one piece of work.
                #expect(Double(done - count) <= Double(rate) * (now + RateBound.burstSeconds) + 1)
                if Int.random(in: 0..<20, using: &random) == 0 { now += .random(in: 0...1, using: &random) }
            }
        }
    }

    @Test func `steady work gets the whole rate`() {
        var bound = RateBound(rate: 1000)
        var now = 0.0
        for _ in 0..<1000 { now += bound.delaySeconds(for: 100, now: now) }
        #expect((99...100).contains(now))
    }

    @Test func `without a bound nothing waits`() {
        var bound = RateBound(rate: 0)
        #expect((0..<100).allSatisfy { _ in bound.delaySeconds(for: 1_000_000_000, now: 0) == 0 })
    }
}
