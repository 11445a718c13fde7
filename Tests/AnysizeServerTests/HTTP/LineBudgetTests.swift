import Logging
import Synchronization
import Testing

@testable import AnysizeServer

@Suite struct LineBudgetTests {
    @Test func `So many lines a second, and the next one knows of those left out`() {
        let budget = LineBudget(linesPerSecond: 3)
        let start = ContinuousClock.now
        let first = (0..<10).map { budget.take(at: start + .milliseconds($0)) }
        #expect(first == [0, 0, 0, nil, nil, nil, nil, nil, nil, nil])
        #expect(budget.take(at: start + .milliseconds(999)) == nil)
        #expect(budget.take(at: start + .milliseconds(1000)) == 8)
        #expect(budget.take(at: start + .milliseconds(1500)) == 0)
        #expect(budget.take(at: start + .seconds(60)) == 0)
    }
}
