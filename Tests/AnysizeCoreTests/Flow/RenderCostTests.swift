import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct RenderCostTests {
    @Test func `More pixels cost more, on either side`() throws {
        let cost = RenderCost()
        let small = try seconds("w=100", .sample(400, 300), cost)
        #expect(small < (try seconds("w=400", .sample(400, 300), cost)))
        #expect(small < (try seconds("w=100", .sample(4000, 3000), cost)))
        #expect(small > 0)
    }

    @Test func `The formats differ as their encoders do`() throws {
        let cost = RenderCost()
        let facts = PictureFacts.sample(4000, 3000)
        let byFormat = try ["jpeg", "webp", "avif"].map { try seconds("w=2000&format=\($0)", facts, cost) }
        #expect(byFormat == byFormat.sorted())
    }

    @Test func `What a decoder leaves out is cheaper`() throws {
        var plan = try plan("w=100", .sample(4000, 3000))
        let cost = RenderCost()
        let shrunk = cost.seconds(of: plan)
        plan.shrinkOnLoad = 1
        #expect(shrunk < cost.seconds(of: plan))
    }

    @Test func `A slow machine is learned, by and by`() throws {
        let cost = RenderCost()
        let plan = try plan("w=100", .sample(400, 300))
        let nominal = cost.seconds(of: plan)
        cost.learn(plan, seconds: nominal * 3)
        #expect(cost.seconds(of: plan) > nominal)
        #expect(cost.seconds(of: plan) < nominal * 1.5, "one odd job moves it by little")
        for _ in 0..<100 { cost.learn(plan, seconds: nominal * 3) }
        #expect(abs(cost.seconds(of: plan) / nominal - 3) < 0.01)
    }

    @Test(arguments: [0, 1e9, -1]) func `An odd clock can't make it useless`(seconds: Double) throws {
        let cost = RenderCost()
        let plan = try plan("w=100", .sample(400, 300))
        let nominal = cost.seconds(of: plan)
        for _ in 0..<1000 { cost.learn(plan, seconds: seconds) }
        #expect((nominal * 0.04...nominal * 21).contains(cost.seconds(of: plan)))
    }

    @Test func `Examining has a factor of its own, and learns`() throws {
        let cost = RenderCost()
        let before = cost.seconds(ofExamining: 12_000_000, format: .jpeg)
        for _ in 0..<100 { cost.learn(examining: 1_000_000, format: .jpeg, seconds: 0.04) }
        #expect(cost.seconds(ofExamining: 12_000_000, format: .jpeg) > before * 3)
        let plan = try plan("w=100", .sample(4000, 3000))
        #expect(cost.seconds(of: plan) == RenderCost().seconds(of: plan))
    }

    private func plan(_ query: String, _ facts: PictureFacts) throws -> RenderPlan {
        .make(try Recipe(query: query).settled(for: facts), for: facts, from: .original)
    }

    private func seconds(_ query: String, _ facts: PictureFacts, _ cost: RenderCost) throws -> Double {
        cost.seconds(of: try plan(query, facts))
    }
}
