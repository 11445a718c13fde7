/// Requests for variants that nobody has asked for before.
struct Renders {
    let bench: Bench
    private var photograph: Photograph { bench.photographs.main }
    private var commands: Commands { Commands(bench: bench) }

    /// Without any tier: each request is a render from the original, in a helper. Beside everything else that makes such a picture.
    func fromOriginals() throws -> [Contest] {
        let off = ["cache.memory.bytes": "0", "cache.disk.bytes": "0"]
        let anysize = try AnysizeServer(bench, off)
        let originals = try (0..<bench.cores * 2).map { try anysize.upload(photograph.copy($0)) }
        let nginx = bench.absences.unless("nginx") {
            try NginxServer(bench, files: ["photograph.jpg": photograph.bytes])
        }
        let thumbor = ThumborServer.ifInstalled(bench)
        return [("jpeg", 320, 80), ("jpeg", 640, 80), ("webp", 320, 79), ("png", 320, 80), ("avif", 320, 60)].map {
            (format: String, width: Int, quality: Int) in
            var contenders = [
                Contender(name: "Anysize") { _ in
                    try anysize.sample(connections: originals.count, seconds: bench.seconds) {
                        .get(originals[$0].path("w=\(width)&format=\(format)&q=\(quality)"))
                    }
                },
                loop(width, format, quality),
            ]
            if format == "jpeg" {
                contenders += commandLines(width)
                let filtered = nginx.flatMap { nginx in
                    bench.absences.unless("nginx image_filter") {
                        try nginx.fetch("/filter/\(width)/photograph.jpg")
                    }
                }
                if let nginx, filtered != nil {
                    contenders.append(
                        Contender(name: "nginx image_filter") { _ in
                            try nginx.sample(connections: bench.cores * 2, seconds: bench.seconds) { _ in
                                .get("/filter/\(width)/photograph.jpg")
                            }
                        })
                }
            }
            if let thumbor {
                contenders.append(
                    Contender(name: "thumbor") { _ in
                        try thumbor.sample(connections: bench.cores * 2, seconds: bench.seconds) { _ in
                            .get(ThumborServer.path("\(width)x0", photograph.name, format: format, quality: quality))
                        }
                    })
            }
            return Contest(
                name: "cold render, \(format) \(width), no levels", contenders: contenders,
                bounds: [.atLeast(0.95, .throughput, of: "libvips loop")])
        }
    }

    /// The first request for each variant of an original whose levels were made at its upload.
    func fromLevels() throws -> [Contest] {
        let anysize = try AnysizeServer(bench, ["cache.memory.bytes": "0"])
        let originals = try (0..<bench.cores * 2).map { try anysize.upload(photograph.copy($0)) }
        let counter = Counter()
        let bounds = ["jpeg 320": 3.0, "jpeg 640": 2]
        let formats = [("jpeg", 80), ("webp", 79), ("png", 80), ("avif", 60)]
        let recipes = formats.flatMap { format, quality in [320, 640, 1280].map { (format, $0, quality) } }
        return recipes.map { (format: String, width: Int, quality: Int) in
            let bound = bounds["\(format) \(width)"]
            return Contest(
                name: "first render, \(format) \(width), from levels",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        try anysize.sample(connections: originals.count, seconds: bench.seconds) {
                            .get(originals[$0].part(counter.next(), width: width, "&format=\(format)&q=\(quality)"))
                        }
                    },
                    loop(width, format, quality),
                ],
                bounds: bound.map { [.atLeast($0, .throughput, of: "libvips loop")] } ?? [])
        }
    }

    /// Originals of other sizes and formats, from levels.
    func ofOtherOriginals() throws -> [Contest] {
        let anysize = try AnysizeServer(bench, ["cache.memory.bytes": "0", "upload.bytes.max": "200MB"])
        return try OtherOriginals(bench: bench).make().map { kind in
            let originals = try kind.originals(bench.cores * 2).map { try anysize.upload($0) }
            let counter = Counter()
            return Contest(
                name: "first render of \(kind.name), jpeg 640, from levels",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        try anysize.sample(connections: bench.cores * 2, seconds: bench.seconds) {
                            .get(originals[$0 % originals.count].part(counter.next(), width: 640, "&format=jpeg&q=80"))
                        }
                    },
                    Contender(name: "libvips loop") { _ in
                        try commands.loop(
                            kind.path, seconds: bench.seconds, width: 640, height: photograph.height(atWidth: 640),
                            format: "jpeg", quality: 80)
                    },
                ])
        }
    }

    private func loop(_ width: Int, _ format: String, _ quality: Int) -> Contender {
        Contender(name: "libvips loop") { _ in
            try commands.loop(
                photograph.path, seconds: bench.seconds, width: width, height: photograph.height(atWidth: width),
                format: format,
                quality: quality)
        }
    }

    /// The way of the story: a process for each picture.
    private func commandLines(_ width: Int) -> [Contender] {
        let output = bench.scratch.path + "/output.jpg"
        return [
            (
                "vipsthumbnail",
                ["\(photograph.path)", "-s", "\(width)x", "-o", output + "[Q=80,strip,optimize_coding]"]
            ),
            ("convert", ["\(photograph.path)", "-resize", "\(width)x", "-strip", "-quality", "80", output]),
        ].compactMap { (name: String, arguments: [String]) in
            bench.absences.unless(name) { try bench.program(name) }.map { program in
                Contender(name: "\(name), a process each") { _ in
                    try commands.processes(program, arguments, seconds: bench.seconds)
                }
            }
        }
    }
}

/// Numbers, one after the other, for all rounds of a run.
final class Counter {
    private(set) var value = 0

    func next() -> Int {
        value += 1
        return value
    }
}
