import AnysizeTesting
import Foundation
import Testing

extension EndToEnd {
    @Suite(.timeLimit(.minutes(3))) struct BalancedClients {
        /// Asks as curl does, from one of this machine's many addresses.
        private func status(_ url: String, from address: String, _ headers: [String] = []) async throws -> Int {
            try await onOwnThread {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/curl")
                process.arguments =
                    ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "30", "--interface", address]
                    + headers.flatMap { ["-H", $0] } + [url]
                let pipe = Pipe()
                process.standardOutput = pipe
                try process.run()
                let output = pipe.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                return Int(String(decoding: output, as: UTF8.self)) ?? 0
            }
        }

        @Test func aClientIsHeldToItsRateOverAllNodesAndCannotBeAnother() async throws {
            let settings = [
                "client.renders.per.minute": "1", "client.renders.burst": "5", "client.proxies": "127.0.0.1",
            ]
            try await withBalancedNodes(more: settings) { nodes, balancer in
                var ids: [String] = []
                for _ in 0..<6 { ids.append(try await nodes[0].client.upload(Materials.uniqueJPEG(commentOf: 40)).id) }
                var granted: [String] = []
                // Of many originals, so that the balancer asks all nodes.
                for number in 0..<24 {
                    let url = "http://127.0.0.1:\(balancer.port)/img/\(ids[number % 6])?w=\(number + 10)"
                    let header = "X-Forwarded-For: 198.51.100.\(number)"
                    let status = try await status(url, from: "127.0.0.9", [header])
                    #expect(status == 200 || status == 429)
                    if status == 200 { granted.append(url) }
                }
                // One more a minute, should this take so long.
                #expect((5...6).contains(granted.count))
                // It still gets what is there, and another client what is new.
                for url in granted { #expect(try await status(url, from: "127.0.0.9") == 200) }
                let new = "http://127.0.0.1:\(balancer.port)/img/\(ids[0])?w=99"
                #expect(try await status(new, from: "127.0.0.9") == 429)
                #expect(try await status(new, from: "127.0.0.10") == 200)
                var counted = 0.0
                for node in nodes {
                    counted += try await node.metric(#"anysize_rate_limited_total{work="render"}"#)
                }
                #expect(counted >= 18)
            }
        }
    }
}
