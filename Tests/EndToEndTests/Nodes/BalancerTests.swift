import AnysizeTesting
import Foundation
import Synchronization
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
    }
}

/// Nodes on ports that stay the same when they start again.
private func withBalancedNodes(_ work: ([RunningService], Balancer) async throws -> Void) async throws {
    let redis = try await RedisServer()
    let seaweed = try await SeaweedServer.shared
    let prefix = "balanced-\(UUID().uuidString.prefix(8).lowercased())"
    let environment = ["ANYSIZE_STORE_KEY_SECRET": SeaweedServer.secretAccessKey]
    func settings() throws -> [String: String] {
        [
            "store.url":
                "s3://\(SeaweedServer.bucket)/\(prefix)?endpoint=http://127.0.0.1:\(seaweed.port)&region=us-east-1",
            "store.key.id": SeaweedServer.accessKeyID, "redis.url": redis.url, "shutdown.delay.seconds": "2",
            "http.port": "\(try RawConnection.freePort())", "operations.port": "\(try RawConnection.freePort())",
        ]
    }
    try await withService(settings(), environment: environment) { first in
        try await withService(settings(), environment: environment) { second in
            try await withService(settings(), environment: environment) { third in
                let nodes = [first, second, third]
                let balancer = try Balancer(nodes)
                defer { balancer.stop() }
                try await balancer.waitForHealth(of: 3)
                try await work(nodes, balancer)
            }
        }
    }
}

/// HAProxy, with the file that operators get.
private final class Balancer: Sendable {
    let port: Int
    private let process: Process
    private let nodes: [RunningService]

    init(_ nodes: [RunningService]) throws {
        self.nodes = nodes
        port = try RawConnection.freePort()
        process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/haproxy")
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        process.arguments = ["-db", "-q", "-f", checkout.appending(path: "Docker/haproxy.cfg").path()]
        var environment = ["ANYSIZE_BIND": "127.0.0.1:\(port)"]
        for (number, node) in nodes.enumerated() {
            environment["ANYSIZE_NODE_\(number + 1)"] = "127.0.0.1:\(node.port)"
            environment["ANYSIZE_NODE_\(number + 1)_OPERATIONS"] = "\(node.operationsPort)"
        }
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        LiveProcesses.add(process)
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        LiveProcesses.remove(process)
    }

    /// Until all nodes are ready, and it has had the time to see that.
    func waitForHealth(of count: Int) async throws {
        let areReady = await eventually(within: 30) {
            for node in self.nodes.prefix(count) {
                guard (try? await node.operations.get("/readyz").status) == 200 else { return false }
            }
            return true
        }
        #expect(areReady)
        try await Task.sleep(for: .milliseconds(800))
    }
}

/// Users of the balancer: fetches of known and of new variants, and uploads, from eight tasks.
private final class BalancedLoad: Sendable {
    private struct State {
        var count = 0
        var slowest = 0.0
        var faults: [String] = []
        var isEnded = false
    }

    private let client: HTTPClient
    private let ids: [String]
    private let uploads: [Data]
    private let state = Mutex(State())

    init(_ balancer: Balancer, uploads: Bool = true) async throws {
        client = HTTPClient(port: balancer.port)
        var ids: [String] = []
        for name in ["photo.jpg", "alpha.png", "gray.jpg", "photo.webp"] {
            ids.append(try await client.upload(Materials.fixture(name)).id)
        }
        self.ids = ids
        self.uploads = uploads ? [try Materials.fixture("tiny.png"), try Materials.fixture("odd.jpg")] : []
    }

    var count: Int { state.withLock { $0.count } }
    var slowest: Double { state.withLock { $0.slowest } }
    var faults: [String] { state.withLock { $0.faults } }

    /// Goes on for as long as the work does.
    func run(while work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var number = 0
                    while !self.state.withLock({ $0.isEnded }) {
                        number += 1
                        await self.ask(task, number)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
            try await work()
            state.withLock { $0.isEnded = true }
            try await group.waitForAll()
        }
    }

    private func ask(_ task: Int, _ number: Int) async {
        let what: String
        let answer: Answer?
        if !uploads.isEmpty, number % 10 == 0 {
            what = "upload"
            answer = try? await client.put("upload-\(task)", uploads[number / 10 % 2])
        } else {
            // Each width is new once, and known from then on.
            let width = 40 + (number % 3 == 0 ? number % 100 : task)
            what = "/img/\(ids[number % ids.count])?w=\(width)"
            answer = try? await client.get(what)
        }
        state.withLock { state in
            state.count += 1
            state.slowest = max(state.slowest, answer?.seconds ?? 0)
            guard let status = answer?.status, (200...201).contains(status) else {
                state.faults.append("\(what): \(answer.map { "\($0.status) \($0.text.prefix(200))" } ?? "no answer")")
                return
            }
        }
    }
}
