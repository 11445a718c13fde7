import AnysizeClient
import AnysizeTesting
import Testing

@Suite struct BackoffTests {
    @Test func `overload is waited for as long as the service says, and a random bit longer`() {
        var least = Backoff(patienceSeconds: 300)
        #expect(least.verdict(after: .overloaded(retryAfter: 3), chance: 0) == .wait(seconds: 3))
        var most = Backoff(patienceSeconds: 300)
        #expect(
            most.verdict(after: .overloaded(retryAfter: 3), chance: 1) == .wait(seconds: 3 + Backoff.firstSpanSeconds))
        #expect(
            most.verdict(after: .overloaded(retryAfter: nil), chance: 1) == .wait(seconds: 2 * Backoff.firstSpanSeconds)
        )
    }

    @Test func `overload is waited for until patience ends, whatever the service says`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            var backoff = Backoff(patienceSeconds: 60)
            var waited = 0.0
            var verdict = Backoff.Verdict.wait(seconds: 0)
            repeat {
                if case .wait(let seconds) = verdict { waited += seconds }
                let asked = Double.random(in: 0...20, using: &random)
                verdict = backoff.verdict(
                    after: .overloaded(retryAfter: asked), chance: .random(in: 0.1...1, using: &random))
            } while verdict != .giveUp && waited < 1000
            #expect(verdict == .giveUp && waited <= 60)
        }
        var backoff = Backoff(patienceSeconds: 60)
        #expect(backoff.verdict(after: .overloaded(retryAfter: 1e9), chance: 0) == .giveUp)
    }

    @Test func `faults are tried again a few times, in spans that double up to a bound`() {
        var backoff = Backoff(patienceSeconds: 1e9)
        var spans: [Double] = []
        while case .wait(let seconds) = backoff.verdict(after: .fault, chance: 1) { spans.append(seconds) }
        #expect(spans == [0.25, 0.5, 1, 2, 4])
        #expect(spans.count == Backoff.attemptCountMax - 1)
        var longer = Backoff(patienceSeconds: 1e9)
        for _ in 0..<40 { _ = longer.verdict(after: .overloaded(retryAfter: nil), chance: 0) }
        #expect(longer.verdict(after: .fault, chance: 1) == .wait(seconds: Backoff.spanSecondsMax))
    }

    @Test func `a lost connection counts as a fault only while the service answers others`() {
        var backoff = Backoff(patienceSeconds: 30)
        for silent in stride(from: 2.0, through: 30, by: 1) {
            guard case .wait = backoff.verdict(after: .lost(silentSeconds: silent), chance: 0.5) else {
                Issue.record("gave up after \(silent) s")
                return
            }
        }
        #expect(backoff.verdict(after: .lost(silentSeconds: 31), chance: 0.5) == .unreachable)
        var others = Backoff(patienceSeconds: 30)
        var count = 0
        while case .wait = others.verdict(after: .lost(silentSeconds: 0.1), chance: 0) { count += 1 }
        #expect(count == Backoff.attemptCountMax - 1)
    }
}
