import AnysizeTesting
import Foundation
import Testing

/// HAProxy, with the file that operators get.
final class Balancer: Sendable {
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
