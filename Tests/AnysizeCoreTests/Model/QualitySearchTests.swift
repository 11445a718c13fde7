import AnysizeTesting
import Testing

@testable import AnysizeCore

@Suite struct QualitySearchTests {
    /// Every start, and every quality up to which results fit.
    @Test func theHighestThatFitsIsFoundInNineTries() {
        for start in 1...100 {
            for limit in 0...101 {
                var search = QualitySearch(from: start)
                var tried: [Int] = []
                while let quality = search.next {
                    tried.append(quality)
                    search.note(fits: quality <= limit)
                }
                let lowest = min(QualitySearch.lowest, start)
                let best = min(limit, start)
                #expect(search.found == (best >= lowest ? best : nil), "from \(start), fits up to \(limit)")
                #expect(tried.first == start && tried.count <= 9 && Set(tried).count == tried.count)
            }
        }
    }

    @Test func aLimitOfBytesIsPartOfTheRecipe() throws {
        let facts = PictureFacts.sample(4000, 3000)
        func settled(_ query: String) throws -> SettledRecipe { try Recipe(query: query).settled(for: facts) }
        let limited = try settled("w=400&mb=30000")
        #expect(limited.text == "fit=stretch&format=jpeg&h=300&max-bytes=30000&w=400")
        #expect(try settled(limited.text) == limited)
        for value in ["0", "199", "50000001", "1.5", "30k", "-1"] {
            #expect(throws: RecipeError.self) { try settled("max-bytes=\(value)") }
        }
        let plan = RenderPlan.make(limited, for: facts, from: .original)
        let free = RenderPlan.make(try settled("w=400"), for: facts, from: .original)
        #expect(RenderCost.nominalSeconds(of: plan) > RenderCost.nominalSeconds(of: free))
    }
}
