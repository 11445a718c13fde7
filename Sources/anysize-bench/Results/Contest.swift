/// The same work, done by several programs in turn.
struct Contest {
    let name: String
    /// Anysize first.
    let contenders: [Contender]
    var bounds: [Bound] = []
    /// A contest that takes minutes has one round.
    var roundCountMax = Int.max
}

struct Contender {
    let name: String
    /// Does the work for one round.
    let run: (_ round: Int) throws -> Sample
}

/// What must hold between the first contender and another one.
struct Bound: Codable {
    enum Limit: Codable {
        case atMost(Double)
        case atLeast(Double)
    }

    let quantity: Quantity
    /// The other contender's name; nil where the value itself is bounded, in seconds or bytes.
    let yardstick: String?
    let limit: Limit

    static func atMost(_ limit: Double, _ quantity: Quantity, of yardstick: String?) -> Bound {
        Bound(quantity: quantity, yardstick: yardstick, limit: .atMost(limit))
    }

    static func atLeast(_ limit: Double, _ quantity: Quantity, of yardstick: String) -> Bound {
        Bound(quantity: quantity, yardstick: yardstick, limit: .atLeast(limit))
    }

    func holds(_ value: Double) -> Bool {
        switch limit {
        case .atMost(let most): value <= most
        case .atLeast(let least): value >= least
        }
    }
}
