import AnysizeTesting
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

extension EndToEnd {
    /// Three services on one bucket and one Redis, all of them real.
    @Suite(.timeLimit(.minutes(3))) struct Nodes {
        private func sum(_ name: String, of nodes: [RunningService]) async throws -> Double {
            var sum = 0.0
            for node in nodes where node.isRunning { sum += try await node.metric(name) }
            return sum
        }

        /// The same request to all nodes, many times at once.
        private func ask(
            _ nodes: [RunningService], _ path: String, count: Int
        ) async throws -> [Answer] {
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<count {
                    let client = nodes[number % nodes.count].client
                    group.addTask { try await client.get(path) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        @Test func manyColdRequestsToAllNodesAreOneRenderAndTheSameBytes() async throws {
            let redis = try await RedisServer()
            try await withNodes(redis) { nodes in
                let id = try await nodes[0].client.upload(Materials.largePhoto()).id
                for width in [320, 640, 1200] {
                    let before = try await sum("anysize_renders_total", of: nodes)
                    let answers = try await ask(nodes, "/img/\(id)?w=\(width)", count: 60)
                    #expect(Set(answers.map(\.status)) == [200])
                    #expect(Set(answers.map(\.body)).count == 1)
                    #expect(try await sum("anysize_renders_total", of: nodes) == before + 1)
                }
                // What one has rendered, another one finds, too.
                let small = try await nodes[0].client.variant(id, "w=64")
                _ = await eventually(within: 5) {
                    (try? await nodes[1].client.variant(id, "w=64").origin) != nil
                }
                #expect(try await nodes[2].client.variant(id, "w=64").body == small.body)
            }
        }

        @Test func aLevelThatOneNodeMadeIsFoundByTheOthers() async throws {
            let redis = try await RedisServer()
            try await withNodes(redis) { nodes in
                let id = try await nodes[0].client.upload(Materials.largePhoto()).id
                for (node, width) in zip(nodes[1...], [90, 110]) {
                    #expect(try await node.client.variant(id, "w=\(width)").status == 200)
                    #expect(try await node.metric("anysize_level_hits_total") == 1)
                    #expect(try await node.metric("anysize_levels_made_total") == 0)
                }
            }
        }

        @Test func whatIsStoredReplacedOrDeletedAtOneNodeIsSoAtAllAtOnce() async throws {
            let redis = try await RedisServer()
            let pictures = try [Materials.fixture("photo.jpg"), Materials.fixture("alpha.png")]
            try await withNodes(redis) { nodes in
                for round in 0..<12 {
                    let stored = try await nodes[round % 3].client.put("cat", pictures[round % 2])
                    #expect(stored.status == (round == 0 ? 201 : 200))
                    let digest = try stored.json(OriginalInfo.self).digest
                    for node in nodes {
                        // Twice, so that the hit lane answers next time.
                        for _ in 0..<3 { #expect(try await node.client.variant("cat", "w=50").status == 200) }
                        #expect(try await node.client.get("/img/cat/info").json(OriginalInfo.self).digest == digest)
                    }
                    let bodies = try await ask(nodes, "/img/cat?w=50", count: 6).map(\.body)
                    #expect(Set(bodies).count == 1)
                }
                #expect(try await nodes[1].client.send("DELETE", "/img/cat").status == 200)
                for node in nodes { #expect(try await node.client.variant("cat", "w=50").status == 410) }
                // Nor does any keep what was made of it.
                let areEmpty = try await eventually(within: 10) {
                    var count = 0.0
                    for tier in ["memory", "disk"] {
                        count += try await self.sum("anysize_cache_variants{tier=\"\(tier)\"}", of: nodes)
                    }
                    return count == 0
                }
                #expect(areEmpty)
            }
        }

        @Test func withoutRedisNothingOlderThanTheBoundIsServed() async throws {
            let redis = try await RedisServer()
            let pictures = try [Materials.fixture("photo.jpg"), Materials.fixture("alpha.png")]
            try await withNodes(redis) { nodes in
                _ = try await nodes[0].client.put("cat", pictures[0])
                for node in nodes { for _ in 0..<3 { _ = try await node.client.variant("cat", "w=50") } }
                redis.crash()
                let digest = try await nodes[0].client.put("cat", pictures[1]).json(OriginalInfo.self).digest
                let done = ContinuousClock.now
                for node in nodes {
                    let isNew = try await eventually(within: 5) {
                        try await node.client.get("/img/cat/info").json(OriginalInfo.self).digest == digest
                    }
                    #expect(isNew && ContinuousClock.now - done < .seconds(3))
                }
                try await redis.restart()
                #expect(try await nodes[2].client.send("DELETE", "/img/cat").status == 200)
                for node in nodes {
                    let isGone = try await eventually(within: 5) {
                        try await node.client.variant("cat", "w=50").status == 410
                    }
                    #expect(isGone)
                }
            }
        }

        /// Not faster than the machine renders: it is the wait for Redis that is measured, not that for a thread.
        @Test func redisThatIsKilledPausedFullOrForeignFailsNoFetch() async throws {
            let redis = try await RedisServer("--maxmemory", "100mb", "--maxmemory-policy", "noeviction")
            try await withNodes(redis) { nodes in
                let id = try await nodes[0].client.upload(Materials.fixture("photo.jpg")).id
                var width = 100
                /// A third of them new, the others known, at all nodes.
                func fetches(_ count: Int) async throws -> [Answer] {
                    try await withThrowingTaskGroup(of: Answer.self) { group in
                        for number in 0..<count {
                            width += number % 3 == 0 ? 1 : 0
                            let (client, path) = (nodes[number / 3 % 3].client, "/img/\(id)?w=\(width)")
                            group.addTask { try await client.get(path) }
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                }
                func p99(_ answers: [Answer]) -> Double {
                    let seconds = answers.map(\.seconds).sorted()
                    return seconds[seconds.count * 99 / 100]
                }
                _ = try await fetches(60)
                let stranger = Stranger()
                let faults: [(name: String, begin: () async throws -> Void, end: () async throws -> Void)] = [
                    ("paused", { redis.signal(SIGSTOP) }, { redis.signal(SIGCONT) }),
                    ("killed", { redis.crash() }, { try await redis.restart() }),
                    ("full", { try await redis.fill() }, { try await redis.empty() }),
                    (
                        "foreign",
                        {
                            redis.crash()
                            try await stranger.listen(at: redis.port)
                        },
                        {
                            try await stranger.end()
                            try await redis.restart()
                        }
                    ),
                ]
                for fault in faults {
                    // Neighbours on this machine slow single requests down; not three times in a row.
                    var added = Double.infinity
                    for _ in 0..<3 where added >= 0.05 {
                        let before = try await fetches(150)
                        try await fault.begin()
                        let during = try await fetches(150)
                        try await fault.end()
                        #expect((before + during).allSatisfy { $0.status == 200 }, "\(fault.name)")
                        added = p99(during) - p99(before)
                        print("Redis \(fault.name): p99 \(p99(during)) s, before \(p99(before)) s")
                        let isBack = try await eventually(within: 10) {
                            let name = "anysize_redis_commands_total{outcome=\"answered\"}"
                            let taken = try await self.sum(name, of: nodes)
                            _ = try await fetches(3)
                            return try await self.sum(name, of: nodes) > taken
                        }
                        #expect(isBack, "\(fault.name)")
                    }
                    #expect(added < 0.05, "\(fault.name)")
                }
            }
        }

        /// Others have no way to hear of its writes, so it is their memory of records that is bounded.
        @Test func whatANodeWithoutRedisReplacesIsSeenByOthersWithinTenSeconds() async throws {
            let redis = try await RedisServer()
            let nowhere = "redis://127.0.0.1:\(try RawConnection.freePort())"
            try await withNodes(redis, more: { $0 == 0 ? ["redis.url": nowhere] : [:] }) { nodes in
                _ = try await nodes[0].client.put("cat", Materials.fixture("photo.jpg"))
                for node in nodes { #expect(try await node.client.get("/img/cat?w=90").status == 200) }
                let replaced = try await nodes[0].client.put("cat", Materials.fixture("alpha.png"))
                #expect(replaced.status == 200)
                let since = ContinuousClock.now
                let expected = try await nodes[0].client.get("/img/cat?w=90&format=png")
                for node in nodes[1...] {
                    // Asked all the while, as a picture in use is.
                    let isNew = try await eventually(within: 12) {
                        try await node.client.get("/img/cat?w=90&format=png").headers["etag"]
                            == expected.headers["etag"]
                    }
                    #expect(isNew)
                    let seconds = (ContinuousClock.now - since) / .seconds(1)
                    print("a replacement by a node without Redis was seen after \(seconds) s")
                    #expect(seconds < 11)
                }
            }
        }

        @Test func aNodeThatIsKilledWhileItRendersIsSucceeded() async throws {
            let redis = try await RedisServer()
            // It is about who renders, not about how long: on a busy machine this render takes all of ten seconds.
            try await withNodes(redis, more: { _ in ["render.deadline.seconds": "60"] }) { nodes in
                let id = try await nodes[0].client.upload(Materials.largePhoto()).id
                let path = "/img/\(id)?w=3999&format=png"
                let leader = nodes[0]
                let lost = Task { try? await leader.client.get(path) }
                try await leader.waitForRender()
                let rest = Array(nodes[1...])
                async let answers = ask(rest, path, count: 10)
                try await Task.sleep(for: .milliseconds(200))
                await leader.stop(.kill)
                let taken = try await answers
                #expect(
                    taken.map(\.status) == Array(repeating: 200, count: 10),
                    "\(taken.filter { $0.status != 200 }.map(\.text))")
                #expect(Set(taken.map(\.body)).count == 1)
                #expect(try await sum("anysize_renders_total", of: rest) == 1)
                _ = await lost.value
            }
        }
    }
}

/// Answers whatever comes with what no Redis would say.
private final class Stranger: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    func listen(at port: Int) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.writeAndFlush(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.channel.withLock { $0 = channel }
    }

    func end() async throws {
        let channel = channel.withLock { $0 }
        try await channel?.close()
    }
}

extension RedisServer {
    /// Leaves it no room.
    fileprivate func fill() async throws { try await tell("config set maxmemory 1mb") }
    fileprivate func empty() async throws { try await tell("config set maxmemory 100mb") }

    private func tell(_ words: String) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/redis-cli")
        process.arguments = ["-h", "127.0.0.1", "-p", "\(port)"] + words.split(separator: " ").map(String.init)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }
}
