package import AnysizeCore

/// Makes queries of the URL grammar, right and wrong: of every parameter there is, by every name, so that those that come later
/// are covered too.
package struct RecipeFuzz {
    private var random: SeededRandom
    private let names: [String]

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        names =
            RecipeParameter.allCases.map(\.rawValue) + RecipeParameter.aliases.keys.sorted()
            + RecipeParameter.ignored.sorted()
    }

    /// Values that mean something to at least one parameter.
    private static let values = [
        "0", "1", "2", "5", "10", "33", "64", "320", "1000", "8192", "8193", "50000", "-90", "-5", "0.5", "1.5", ".25",
        "12.34",
        "0.00001", "90", "180", "270", "360", "45", "true", "false", "auto", "all", "none", "keep", "copyright",
        "contain",
        "cover", "pad", "outside", "stretch", "fillmax", "crop", "scale", "center", "north", "southwest", "top-left",
        "left,top", "smart", "entropy", "edges", "focalpoint", "0.3x0.7", "0.1,0.9", "0.33333,0.5", "3:2", "0.01",
        "100:1",
        "10,20,30,40", "10%,0,50%,33.333%", "0,0,9999,9999", "5,6,7,8", "circle", "ellipse", "corners", "h", "v", "hv",
        "jpeg", "png", "webp", "avif", "gif", "format", "format,compress", "red", "fff", "#abc8", "00000080",
        "transparent",
        "sepia", "greyscale", "color", "deadbeef", "1.2,0.5,90", "center,middle", "Hello", "cat",
    ]

    private static let pieces = [
        "=", "&", "%", "%2", "%25", "%e2%82", "\u{0}", "é", "٣", ",", ":", ".", "-", "x", "#", "+", " ", "\u{FEFF}",
        "e9", ";",
    ]

    package mutating func nextQuery() -> String {
        var pairs: [String] = []
        var used = Set<String>()
        for _ in 0..<Int.random(in: 0...7, using: &random) {
            guard let name = names.randomElement(using: &random), used.insert(name).inserted else { continue }
            pairs.append("\(name)=\(value())")
        }
        // A recipe that can be rendered has a size more often than chance would give it one.
        if Bool.random(using: &random) { pairs.append("w=\(Int.random(in: 1...2000, using: &random))") }
        if Bool.random(using: &random) { pairs.append("h=\(Int.random(in: 1...2000, using: &random))") }
        var query = pairs.joined(separator: "&")
        guard Int.random(in: 0..<4, using: &random) == 0 else { return query }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = query.index(query.startIndex, offsetBy: Int.random(in: 0...query.count, using: &random))
            if Bool.random(using: &random), place < query.endIndex {
                query.remove(at: place)
            } else {
                query.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? "", at: place)
            }
        }
        return query
    }

    private mutating func value() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: "\(Int.random(in: 0...300, using: &random))"
        case 1: "\(Double(Int.random(in: -40_000...40_000, using: &random)) / 100)"
        default: Self.values.randomElement(using: &random) ?? ""
        }
    }

    package mutating func nextFacts() -> PictureFacts {
        let sides = [1, 2, 3, 7, 64, 333, 517, 1600, 4032, 16_000]
        let formats = ImageFormat.allCases
        return .sample(
            sides.randomElement(using: &random) ?? 1, sides.randomElement(using: &random) ?? 1,
            format: formats.randomElement(using: &random) ?? .jpeg, orientation: Int.random(in: 1...8, using: &random),
            hasAlpha: Bool.random(using: &random), isGray: Bool.random(using: &random)
        )
    }

    /// Parses and settles a number of queries, and what they are printed as.
    /// - Returns: how many could be rendered, and what was found wrong.
    package mutating func run(_ count: Int) -> (settledCount: Int, faults: [String]) {
        var settledCount = 0
        var faults: [String] = []
        for _ in 0..<count where faults.count < 20 {
            let query = nextQuery()
            let facts = nextFacts()
            guard let recipe = try? Recipe(query: query), let settled = try? recipe.settled(for: facts) else {
                continue
            }
            settledCount += 1
            let text = settled.text
            do {
                let again = try Recipe(query: text).settled(for: facts)
                if again != settled { faults.append("?\(query) of \(facts.size) is ?\(text), and that ?\(again.text)") }
                if again.text != text { faults.append("?\(query) is printed as ?\(text), and then as ?\(again.text)") }
            } catch { faults.append("?\(query) is ?\(text), which can't be read: \(error)") }
            let plan = RenderPlan.make(settled, for: facts, from: Pyramid().source(of: settled, for: facts))
            if plan.size != settled.size { faults.append("?\(query) is planned with another size") }
        }
        return (settledCount, faults)
    }
}
