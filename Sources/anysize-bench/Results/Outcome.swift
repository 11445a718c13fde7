/// How a contest went: the samples of each contender, round by round.
struct Outcome: Codable {
    let contest: String
    let samples: [Entry]
    let bounds: [Verdict]

    struct Entry: Codable {
        let contender: String
        let rounds: [Sample]
    }

    struct Verdict: Codable {
        let bound: Bound
        /// Of the ratios of all rounds, or of the values.
        let spread: Spread?
        let holds: Bool?
    }

    /// Has every contender do its work, one after the other, round by round: what slows the machine down slows all of them.
    /// A yardstick that fails is left out from then on, and named; the first contender may not.
    static func of(_ contest: Contest, rounds: Int, _ absences: Absences) throws -> Outcome {
        var samples = [[Sample]?](repeating: [], count: contest.contenders.count)
        for round in 0..<min(rounds, contest.roundCountMax) {
            for (number, contender) in contest.contenders.enumerated() where samples[number] != nil {
                do { samples[number]?.append(try contender.run(round)) } catch {
                    guard number > 0 else { throw error }
                    samples[number] = nil
                    absences.note("\(contender.name), \(contest.name)", error)
                }
            }
        }
        let entries = zip(contest.contenders, samples).compactMap { contender, rounds in
            rounds.map { Entry(contender: contender.name, rounds: $0) }
        }
        return Outcome(
            contest: contest.name, samples: entries, bounds: contest.bounds.map { verdict($0, entries) })
    }

    private static func verdict(_ bound: Bound, _ entries: [Entry]) -> Verdict {
        let own = entries[0].rounds.map { bound.quantity.value(of: $0) }
        var values = own.compactMap { $0 }
        if let yardstick = bound.yardstick {
            let other = entries.first { $0.contender == yardstick }?.rounds ?? []
            values = zip(own, other).compactMap { own, other in
                guard let own, let other = bound.quantity.value(of: other), other > 0 else { return nil }
                return own / other
            }
        }
        let spread = Spread(values)
        return Verdict(bound: bound, spread: spread, holds: spread.map { bound.holds($0.median) })
    }
}
