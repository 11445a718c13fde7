import AnysizeTesting
import Foundation
import Testing

extension EndToEnd {
    /// Three nodes behind HAProxy with the file of `Docker/`, under load.
    @Suite(.timeLimit(.minutes(4))) struct Balanced {
        @Test func nodesThatRestartOneAfterTheOtherFailNoRequest() async throws {
            try await withBalancedNodes { nodes, balancer in
                let load = try await BalancedLoad(balancer)
                try await load.run {
                    for node in nodes {
                        try await node.restart()
                        // As an orchestrator does: the next one only when this one is in use again.
                        try await balancer.waitForHealth(of: nodes.count)
                    }
                }
                #expect(load.faults == [])
                print("\(load.count) requests while three nodes restarted, the slowest after \(load.slowest) s")
                #expect(load.count > 500)
            }
        }

        @Test func aNodeThatIsKilledTakesNoFetchAlong() async throws {
            try await withBalancedNodes { nodes, balancer in
                let load = try await BalancedLoad(balancer, uploads: false)
                try await load.run {
                    for node in nodes {
                        await node.stop(.kill)
                        try await Task.sleep(for: .seconds(1))
                        try await node.start()
                        try await balancer.waitForHealth(of: nodes.count)
                    }
                }
                #expect(load.faults == [])
                print("\(load.count) fetches while three nodes were killed, the slowest after \(load.slowest) s")
                #expect(load.count > 500)
            }
        }

        @Test func aStoreThatIsGoneKeepsNoCachedPictureFromAnybody() async throws {
            let proxy = try FaultingProxy(to: try await SeaweedServer.shared.port)
            defer { proxy.stop() }
            try await withBalancedNodes(storePort: proxy.port) { nodes, balancer in
                let client = HTTPClient(port: balancer.port)
                var pictures: [String: Data] = [:]
                for name in ["cat", "dog", "owl", "fox"] {
                    _ = try await client.put(name, Materials.fixture("photo.jpg"))
                    let path = "/img/\(name)?w=90"
                    pictures[path] = try await client.get(path).body
                    // A busy machine's checks can be late, and the balancer then chooses another node for a while.
                    for node in nodes { #expect(try await node.client.get(path).status == 200) }
                }
                proxy.fail { _ in .reset }
                // Longer than two checks of readiness, and than the balancer needs to act on it.
                let end = ContinuousClock.now + .seconds(8)
                while ContinuousClock.now < end {
                    for (path, body) in pictures {
                        let answer = try await client.get(path)
                        #expect(
                            answer.status == 200 && answer.body == body, "\(answer.status) \(answer.text.prefix(200))")
                    }
                    try await Task.sleep(for: .milliseconds(100))
                }
                for node in nodes {
                    let state = try await node.operations.get("/readyz")
                    #expect(state.status == 200 && state.text == "ready, without store\n", "\(state.text)")
                    #expect(try await node.metric("anysize_check_failing{check=\"store\"}") == 1)
                }
                #expect(try await client.put("hen", Materials.fixture("photo.jpg")).status == 502)
                proxy.heal()
                let isBack = try await eventually(within: 15) {
                    try await client.put("hen", Materials.fixture("photo.jpg")).status == 201
                }
                #expect(isBack)
            }
        }

        @Test func aThousandOriginalsComeInWholeWhileANodeRestarts() async throws {
            try await Scratch.withDirectory { directory in
                let tree = try PictureTree(directory, pictureCount: 999)
                try await withBalancedNodes { nodes, balancer in
                    let url = "http://127.0.0.1:\(balancer.port)"
                    let command = try RunningCommand(["import", directory, "--url", url, "--json"])
                    #expect(await eventually(within: 60) { tree.journalLines.count >= 200 })
                    try await nodes[1].restart()
                    // A second one without a word of farewell.
                    await nodes[2].stop(.kill)
                    try await nodes[2].start()
                    let report = try PrintedImport(try await command.end(within: 120))
                    #expect(report.stopped == nil && report.failed == 0 && report.refused == 1, "\(report.refusals)")
                    #expect(report.stored + report.present == tree.pictures.count)
                    print("import of \(tree.pictures.count): \(report.stored) stored, \(report.retries) retries")
                    var digests: [String] = []
                    var after = ""
                    while true {
                        let page = try await nodes[0].client.get("/img?limit=1000\(after)").json(OriginalPage.self)
                        digests += page.originals.map(\.digest)
                        guard let last = page.originals.last, page.originals.count == 1000 else { break }
                        after = "&after=\(last.id)"
                    }
                    #expect(digests.sorted() == tree.pictures.values.sorted())
                }
            }
        }

        /// By what fits in memory alone: three nodes, of which each has its share of the ids, against one with three times the room.
        @Test func threeNodesHitAsOftenAsOneWithThreeTimesTheMemory() async throws {
            // Nothing but variants in memory: no levels, and nothing of the shared tier.
            let tiers = { (bytes: Int) in
                [
                    "cache.memory.bytes": "\(bytes)", "cache.disk.bytes": "0", "pyramid.enabled": "false",
                    "cache.redis.variant.bytes": "0",
                ]
            }
            var shares: [Double] = []
            try await withBalancedNodes(more: tiers(200_000)) { _, balancer in
                shares.append(try await SkewedReaders.hitShare(of: HTTPClient(port: balancer.port)))
            }
            try await withService(tiers(600_000)) { one in
                shares.append(try await SkewedReaders.hitShare(of: one.client))
            }
            print("share of memory hits: three nodes \(shares[0]), one \(shares[1])")
            #expect(shares[1] > 0.3 && shares[1] < 0.95, "neither all nor nothing fits")
            #expect(abs(shares[0] - shares[1]) < 0.05 * shares[1])
        }
    }
}
