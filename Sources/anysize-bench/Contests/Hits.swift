/// Requests for bytes that are there already.
struct Hits {
    let bench: Bench
    let anysize: AnysizeServer
    let nginx: NginxServer
    let tuned: NginxServer
    let files: [File]

    /// An answer that both serve.
    struct File {
        let name: String
        let path: String
        let byteCount: Int
        let tag: String
        let nginxTag: String
    }

    /// About so many bytes: a thumbnail, a picture in a page, one that fills the screen.
    static let sizes = [5_000, 30_000, 300_000]

    /// - Parameter settings: of the service.
    init(_ bench: Bench, _ settings: [String: String]) throws {
        self.bench = bench
        anysize = try AnysizeServer(bench, settings)
        let original = try anysize.upload(bench.photographs.main.bytes)
        var bodies: [(name: String, path: String, answer: Answer)] = []
        for size in Self.sizes {
            let found = try Self.variant(of: original, ofAbout: size, anysize)
            bodies.append(("\(size / 1000)KB.jpg", found.path, found.answer))
        }
        let contents = Dictionary(uniqueKeysWithValues: bodies.map { ($0.name, $0.answer.body) })
        let nginx = try NginxServer(bench, files: contents)
        self.nginx = nginx
        tuned = try NginxServer(bench, files: contents, isTuned: true)
        files = try bodies.map { body in
            File(
                name: body.name, path: body.path, byteCount: body.answer.body.count,
                tag: body.answer.field("ETag") ?? "",
                nginxTag: try nginx.fetch("/" + body.name).field("ETag") ?? "")
        }
    }

    /// The variant whose bytes come nearest, by width.
    private static func variant(
        of original: AnysizeServer.Original, ofAbout byteCount: Int, _ server: AnysizeServer
    ) throws -> (path: String, answer: Answer) {
        var (low, high) = (16, original.width)
        while high - low > 4 {
            let width = (low + high) / 2
            let count = try server.fetch(original.path("w=\(width)")).body.count
            if count < byteCount { low = width } else { high = width }
        }
        let path = original.path("w=\(high)")
        return (path, try server.fetch(path))
    }

    /// - Parameter other: a server whose processor time is counted with that of this one.
    func contender(
        _ name: String, _ server: Server, _ request: Request, connections: Int, _ bytes: Int,
        with other: RedisServer? = nil
    ) -> Contender {
        // Once the way it is measured is the way it stays.
        Contender(name: name) { _ in
            _ = try server.sample(connections: connections, seconds: 0.3) { _ in request }
            let before = other?.child.tree.processorSeconds ?? 0
            var sample = try server.sample(connections: connections, seconds: bench.seconds) { _ in request }
            sample.processorSeconds? += (other?.child.tree.processorSeconds ?? 0) - before
            sample.bytes = bytes
            return sample
        }
    }

    /// From memory, beside nginx as a file server and as a cache.
    func memory() -> [Contest] {
        files.flatMap { file in
            [1, 32, 256].map { connections in
                Contest(
                    name: "memory hit, \(file.name), \(connections) connections",
                    contenders: [
                        contender("Anysize", anysize, .get(file.path), connections: connections, file.byteCount),
                        contender("nginx", nginx, .get("/" + file.name), connections: connections, file.byteCount),
                        contender(
                            "nginx, files kept open", tuned, .get("/" + file.name), connections: connections,
                            file.byteCount),
                        contender(
                            "nginx proxy_cache", nginx, .get("/cached/" + file.name), connections: connections,
                            file.byteCount),
                    ],
                    bounds: file.name == "30KB.jpg" ? [.atMost(1.2, .cost, of: "nginx")] : [])
            }
        }
    }

    /// `If-None-Match` with the right tag.
    func notModified() -> [Contest] {
        [1, 32, 256].map { connections in
            let file = files[1]
            return Contest(
                name: "not modified, \(connections) connections",
                contenders: [
                    contender(
                        "Anysize", anysize, .get(file.path, ["If-None-Match: \(file.tag)"], status: 304),
                        connections: connections, 0),
                    contender(
                        "nginx", nginx, .get("/" + file.name, ["If-None-Match: \(file.nginxTag)"], status: 304),
                        connections: connections, 0),
                ],
                bounds: [.atMost(1.2, .cost, of: "nginx")])
        }
    }

    /// From the disk tier, without a memory tier.
    func disk() -> [Contest] {
        files.flatMap { file in
            [1, 32, 256].map { connections in
                Contest(
                    name: "disk hit, \(file.name), \(connections) connections",
                    contenders: [
                        contender("Anysize", anysize, .get(file.path), connections: connections, file.byteCount),
                        contender("nginx", nginx, .get("/" + file.name), connections: connections, file.byteCount),
                    ],
                    bounds: file.name == "30KB.jpg" ? [.atMost(2, .cost, of: "nginx")] : [])
            }
        }
    }
}
