/// The shape of the peers' own benchmark: a hundred photographs to 512x512, over two connections, in four formats.
struct Harness {
    let bench: Bench

    private static let count = 100
    /// Photographs whose pictures are scored.
    private static let scoredCountMax = 20
    private static let columns: [(format: String, quality: Int?)] = [
        ("jpeg", 80), ("png", nil), ("webp", 75), ("avif", 65),
    ]

    func contests() throws -> [Contest] {
        let off = ["cache.memory.bytes": "0", "cache.disk.bytes": "0"]
        let direct = try AnysizeServer(bench, off)
        let levels = try AnysizeServer(bench, ["cache.memory.bytes": "0"])
        let photographs = bench.photographs.all
        let bodies = (0..<Self.count).map { photographs[$0 % photographs.count].copy($0) }
        let stored = try bodies.map { try direct.upload($0) }
        _ = try bodies.map { try levels.upload($0) }
        let thumbor = ThumborServer.ifInstalled(bench)
        let scorer = bench.absences.unless("scores") { try Scorer(bench) }
        return Self.columns.map { format, quality in
            let query = "w=512&h=512&format=\(format)" + (quality.map { "&q=\($0)" } ?? "")
            var contenders = [
                contender("Anysize", levels, format, scorer) { number, round in
                    guard let round else { return stored[number].path(query) }
                    // A little less of the picture gives each round variants of its own.
                    let (width, height) = (stored[number].width - 64, stored[number].height - 64)
                    return stored[number].path("\(query)&crop=\(round % 64),\(round / 64 % 64),\(width),\(height)")
                },
                contender("Anysize, no levels", direct, format, scorer) { number, _ in stored[number].path(query) },
            ]
            if let thumbor {
                contenders.append(
                    contender("thumbor", thumbor, format, scorer) { number, _ in
                        ThumborServer.path(
                            "fit-in/512x512", photographs[number % photographs.count].name, format: format,
                            quality: quality)
                    })
            }
            return Contest(
                name: "100 photographs to 512x512, \(format), 2 connections", contenders: contenders,
                bounds: [.atLeast(1, .throughput, of: "thumbor")])
        }
    }

    private func contender(
        _ name: String, _ server: Server, _ format: String, _ scorer: Scorer?,
        path: @escaping (_ number: Int, _ round: Int?) -> String
    ) -> Contender {
        let photographs = bench.photographs.all.prefix(Self.scoredCountMax)
        var shown: (byteCount: Int, score: Double?)?
        return Contender(name: name) { round in
            var rest = (0..<Self.count).map { Request.get(path($0, round)) }
            var sample = try server.sample(connections: 2) { _ in rest.popLast() }
            // The same in each round.
            if shown == nil {
                let counts = try photographs.indices.map { try server.fetch(path($0, nil)).body.count }
                shown = (
                    counts.reduce(0, +) / counts.count,
                    try scorer.map { try meanScore(server, format, $0) { path($0, nil) } }
                )
            }
            (sample.bytes, sample.score) = (shown?.byteCount, shown?.score)
            return sample
        }
    }

    /// Of whole photographs, upright ones: what turns them is not what is looked at.
    private func meanScore(
        _ server: Server, _ format: String, _ scorer: Scorer, path: (_ number: Int) -> String
    ) throws -> Double {
        let photographs = bench.photographs.all
        let upright = photographs.indices.filter { scorer.isUpright(photographs[$0]) }.prefix(Self.scoredCountMax)
        let scores = try upright.map { number in
            let answer = try server.fetch(path(number))
            return try scorer.score(answer.body, format, of: photographs[number], box: 512)
        }
        return scores.reduce(0, +) / Double(scores.count)
    }
}
