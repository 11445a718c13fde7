import Testing

@testable import S3

@Suite struct RetryTests {
    @Test func `when everything fails, retries are a tenth of the requests and ten`() {
        let budget = RetryBudget()
        var retries = 0
        for _ in 0..<1000 {
            budget.count()
            for _ in 0..<2 where budget.take() { retries += 1 }
        }
        #expect((105...110).contains(retries))
    }

    @Test func `what was saved in quiet times is no more than ten`() {
        let budget = RetryBudget()
        for _ in 0..<10_000 { budget.count() }
        #expect((0..<100).count { _ in budget.take() } == 10)
    }

    @Test func `pauses double, have a bound, and take any share of it`() {
        var rule = RetryRule()
        rule.jitter = { 1 }
        #expect((1...7).map { rule.pause(after: $0) } == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2])
        rule.jitter = { 0 }
        #expect(rule.pause(after: 3) == 0)
        let standard = RetryRule()
        let pauses = (0..<200).map { _ in standard.pause(after: 1) }
        #expect(pauses.allSatisfy { (0...0.1).contains($0) })
        #expect(pauses.contains { $0 < 0.03 } && pauses.contains { $0 > 0.07 })
    }

    @Test func `work that takes too long is cancelled`() async {
        let start = ContinuousClock.now
        let result = await withTimeLimit(until: .now + .milliseconds(50)) { () -> Int in
            try? await Task.sleep(for: .seconds(30))
            return 1
        }
        #expect(result == nil && ContinuousClock.now - start < .seconds(25))
        #expect(await withTimeLimit(until: .now + .seconds(5)) { 7 } == 7)
    }
}
