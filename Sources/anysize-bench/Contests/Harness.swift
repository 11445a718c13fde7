/// The shape of the peers' own benchmark: a hundred photographs to 512x512, over two connections, in four formats.
struct Harness {
    let bench: Bench

    private static let count = 100
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
        let thumbor = try? ThumborServer(bench, files: bench.scratch.directory(of: bench.photographs))
        return Self.columns.map { format, quality in
            let query = "w=512&h=512&format=\(format)" + (quality.map { "&q=\($0)" } ?? "")
            var contenders = [
                contender("Anysize", levels, format) { number, round in
                    // A little less of the picture gives each round variants of its own.
                    let (width, height) = (stored[number].width - 64, stored[number].height - 64)
                    return stored[number].path("\(query)&crop=\(round % 64),\(round / 64 % 64),\(width),\(height)")
                },
                contender("Anysize, no levels", direct, format) { number, _ in stored[number].path(query) },
            ]
            if let thumbor {
                contenders.append(
                    contender("thumbor", thumbor, format) { number, _ in
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
        _ name: String, _ server: Server, _ format: String, path: @escaping (_ number: Int, _ round: Int) -> String
    ) -> Contender {
        Contender(name: name) { round in
            var rest = (0..<Self.count).map { Request.get(path($0, round)) }
            var sample = try server.sample(connections: 2) { _ in rest.popLast() }
            let bodies = try [0, 1, 2, 3].map { try server.fetch(path($0, round)).body.count }
            sample.bytes = bodies.reduce(0, +) / bodies.count
            return sample
        }
    }
}
