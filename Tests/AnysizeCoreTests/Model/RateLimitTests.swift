import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct RateLimitTests {
    private let limit = RateLimit(perMinute: 60, burst: 5)

    /// Asks at each of these times, and gives those at which it was granted.
    private func granted(_ limit: RateLimit, _ times: [Double]) -> [Double] {
        var due: Double?
        return times.filter { now in
            guard case .granted(let next) = limit.verdict(due: due, now: now) else { return false }
            due = next
            return true
        }
    }

    @Test func `a burst at once, and then one an interval`() {
        #expect(granted(limit, Array(repeating: 100, count: 20)).count == 5)
        let tenths = (0..<200).map { Double($0) / 10 }
        #expect(granted(limit, tenths).count == 5 + 19)
        #expect(granted(RateLimit(perMinute: 60, burst: 1), [0, 0.5, 0.999, 1, 1.5, 2]) == [0, 1, 2])
    }

    @Test func `a refusal says when it would be granted, and changes nothing`() {
        var due: Double?
        for _ in 0..<5 { if case .granted(let next) = limit.verdict(due: due, now: 10) { due = next } }
        guard case .refused(let wait) = limit.verdict(due: due, now: 10) else {
            Issue.record("the burst is used up")
            return
        }
        #expect(abs(wait - 1) < 1e-9)
        guard case .refused = limit.verdict(due: due, now: 10 + wait - 0.01) else {
            Issue.record("too early")
            return
        }
        guard case .granted = limit.verdict(due: due, now: 10 + wait) else {
            Issue.record("the time has come")
            return
        }
    }

    @Test(arguments: [(1, 1), (7, 3), (60, 60), (100_000, 1), (1_000_000, 1_000_000)])
    func `never more than the burst and the rate allow, in any span`(perMinute: Int, burst: Int) {
        let limit = RateLimit(perMinute: perMinute, burst: burst)
        var random = SeededRandom(seed: UInt64(perMinute))
        var now = 0.0
        let times = (0..<3000).map { _ in
            now += Double.random(in: 0...1, using: &random) * limit.intervalSeconds * 0.7
            return now
        }
        let granted = granted(limit, times)
        for first in stride(from: 0, to: granted.count, by: 17) {
            for last in stride(from: first, to: granted.count, by: 13) {
                let span = granted[last] - granted[first]
                #expect(Double(last - first + 1) <= Double(burst) + span / limit.intervalSeconds + 1e-3)
            }
        }
        #expect(!granted.isEmpty)
    }

    @Test func `nonsense becomes the least`() {
        #expect(RateLimit(perMinute: 0, burst: -1) == RateLimit(perMinute: 1, burst: 1))
    }
}
