import AnysizeTesting
import Testing

@testable import AnysizeCore

@Suite struct RateTableTests {
    private let limit = RateLimit(perMinute: 1, burst: 2)

    @Test func `clients don't count for one another`() {
        var table = RateTable(limit)
        for client in ["a", "b"] {
            #expect(table.waitSeconds(client, now: 0) == 0)
            #expect(table.waitSeconds(client, now: 0) == 0)
            #expect(abs(table.waitSeconds(client, now: 0) - 60) < 1e-9)
        }
    }

    @Test func `many clients take bounded room, and one that asks on is not forgotten`() {
        var table = RateTable(limit, clientCountMax: 100)
        #expect(table.waitSeconds("busy", now: 0) == 0)
        var granted = 0
        for number in 0..<10_000 {
            #expect(table.waitSeconds("\(number)", now: Double(number) / 1000) == 0)
            #expect(table.clientCount <= 100)
            // At most its burst, and what time brings.
            if number.isMultiple(of: 10), table.waitSeconds("busy", now: Double(number) / 1000) == 0 { granted += 1 }
        }
        // A refusal doesn't count as being seen, so it is forgotten now and then, after a whole generation of others.
        #expect(granted < 10_000 / 25)
        #expect(table.waitSeconds("0", now: 10) == 0, "seen once, long ago")
    }

    @Test func `those who have had less than their due are forgotten first`() {
        var table = RateTable(RateLimit(perMinute: 60, burst: 2), clientCountMax: 100)
        for number in 0..<1000 { #expect(table.waitSeconds("\(number)", now: Double(number)) == 0) }
        #expect(table.clientCount < 60)
    }
}

@Suite struct ClientRatesTests {
    /// Other nodes, and what they say.
    private struct Others: SharedRates {
        let wait: Double?
        let asked = Shared(0)

        func waitSeconds(_ client: String, for work: LimitedWork, _ limit: RateLimit) async -> Double? {
            asked.change { $0 += 1 }
            return wait
        }
    }

    private func refusal(_ rates: ClientRates, _ work: LimitedWork = .render) async -> Int? {
        do throws(AnysizeError) { try await rates.charge("me", for: work) } catch {
            guard case .rateLimited("me", work, let seconds) = error else { return -1 }
            return seconds
        }
        return nil
    }

    private let limits: [LimitedWork: RateLimit] = [.render: RateLimit(perMinute: 2, burst: 2)]

    @Test func `what has no limit is always granted`() async {
        let rates = ClientRates(limits, shared: Others(wait: 100))
        #expect(rates.isLimited(.render) && !rates.isLimited(.upload))
        for _ in 0..<10 { #expect(await refusal(rates, .upload) == nil) }
    }

    @Test func `alone, its own table decides`() async {
        let rates = ClientRates(limits)
        #expect(await refusal(rates) == nil)
        #expect(await refusal(rates) == nil)
        let seconds = await refusal(rates)
        #expect((29...30).contains(seconds ?? 0))
    }

    @Test func `what others have granted counts, and where they are silent the own count`() async {
        #expect(await refusal(ClientRates(limits, shared: Others(wait: 3.2))) == 4)
        #expect(await refusal(ClientRates(limits, shared: Others(wait: 0))) == nil)
        let silent = ClientRates(limits, shared: Others(wait: nil))
        #expect(await refusal(silent) == nil)
        #expect(await refusal(silent) == nil)
        #expect(await refusal(silent) != nil)
    }

    @Test func `a client far beyond its rate costs the others no request`() async {
        let others = Others(wait: 0)
        let rates = ClientRates(limits, shared: others)
        for _ in 0..<100 { _ = await refusal(rates) }
        #expect(others.asked.value == 2)
    }
}
