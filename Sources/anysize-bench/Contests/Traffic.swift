import Foundation

/// What a site does: mostly hits, now and then something new.
struct Traffic {
    let bench: Bench

    /// Ninety-five hits to five first renders, beside hits alone.
    func mixed() throws -> [Contest] {
        let anysize = try AnysizeServer(bench)
        let originals = try (0..<20).map { try anysize.upload(bench.photographs.main.copy($0)) }
        let hits = originals.map { Request.get($0.path("w=320")) }
        for hit in hits { _ = try fetch(hit, port: anysize.port) }
        let counter = Counter()
        return [
            Contest(
                name: "mixed, 95 % hits and 5 % first renders, 32 connections",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        try anysize.sample(connections: 32, seconds: bench.seconds) { _ in
                            let number = counter.next()
                            guard number.isMultiple(of: 20) else { return hits[number % hits.count] }
                            return .get(originals[number / 20 % originals.count].part(number / 400, width: 320))
                        }
                    },
                    Contender(name: "hits alone") { _ in
                        try anysize.sample(connections: 32, seconds: bench.seconds) { _ in
                            hits[counter.next() % hits.count]
                        }
                    },
                ])
        ]
    }

    /// Sixty thumbnails that nobody has seen, as a browser asks for them: six connections. One operation is a thumbnail.
    func page() throws -> [Contest] {
        let anysize = try AnysizeServer(bench)
        let originals = try (0..<60).map { number in
            try anysize.upload(bench.photographs.all[number % bench.photographs.all.count].copy(number))
        }
        let thumbor = ThumborServer.ifInstalled(bench)
        var contenders = [
            Contender(name: "Anysize") { round in
                var rest = originals.map { Request.get($0.path("w=\(320 + round)")) }
                return try anysize.sample(connections: 6) { _ in rest.popLast() }
            }
        ]
        if let thumbor {
            contenders.append(
                Contender(name: "thumbor") { round in
                    var rest = (0..<60).map { number in
                        let name = bench.photographs.all[number % bench.photographs.all.count].name
                        return Request.get(ThumborServer.path("\(320 + round)x0", name, format: "jpeg", quality: 80))
                    }
                    return try thumbor.sample(connections: 6) { _ in rest.popLast() }
                })
        }
        return [Contest(name: "a page of 60 new thumbnails, 6 connections", contenders: contenders)]
    }

    /// From the start of the process to the end of the first picture; the original is there from an earlier time.
    func coldStart() throws -> [Contest] {
        let directory = try bench.scratch.directory("cold")
        let settings = ["data.directory": directory + "/data"]
        let path: String = try {
            let first = try AnysizeServer(bench, settings)
            defer { first.child.stop() }
            return try first.upload(bench.photographs.main.bytes).path("w=320")
        }()
        return [
            Contest(
                name: "cold start to the first picture",
                contenders: [
                    Contender(name: "Anysize") { round in
                        let started = ContinuousClock.now
                        let anysize = try AnysizeServer(bench, settings)
                        defer { anysize.child.stop() }
                        _ = try anysize.fetch(path + "&q=\(70 + round % 20)")
                        let seconds = (ContinuousClock.now - started) / .seconds(1)
                        return Sample(count: 1, seconds: seconds, median: seconds)
                    }
                ],
                bounds: [.atMost(0.15, .median, of: nil)])
        ]
    }
}
