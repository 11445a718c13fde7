/// Redis as nodes should have it: it may forget, and keeps nothing on disk.
final class RedisServer {
    let child: Child
    let url: String

    init(_ bench: Bench) throws {
        let directory = try bench.scratch.directory("redis")
        let port = try freePort()
        child = try Child(
            bench.program("redis-server", "/usr/bin/redis-server"),
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "no",
                "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru",
            ], log: directory + "/log")
        url = "redis://127.0.0.1:\(port)"
        _ = try child.wait(for: "listener") { try? LoadConnection(port: port) }
    }

    deinit { child.stop() }
}
