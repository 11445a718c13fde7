import AnysizeTesting
import Foundation

/// Three services on one bucket, all of them real.
/// - Parameters:
///   - redis: nil for nodes that have no way to one another.
///   - storePort: of what stands before the object store; nil for none.
///   - more: settings of each, by its number from 0.
func withNodes(
    _ redis: RedisServer?, storePort: Int? = nil, more: (Int) throws -> [String: String] = { _ in [:] },
    _ work: ([RunningService]) async throws -> Void
) async throws {
    let seaweed = try await SeaweedServer.shared
    let prefix = "nodes-\(UUID().uuidString.prefix(8).lowercased())"
    let endpoint = "http://127.0.0.1:\(storePort ?? seaweed.port)"
    var settings = [
        "store.url": "s3://\(SeaweedServer.bucket)/\(prefix)?endpoint=\(endpoint)&region=us-east-1",
        "store.key.id": SeaweedServer.accessKeyID,
    ]
    if let redis { settings["redis.url"] = redis.url }
    // A secret on the command line would be told by `ps`.
    let environment = ["ANYSIZE_STORE_KEY_SECRET": SeaweedServer.secretAccessKey]
    func own(_ number: Int) throws -> [String: String] { settings.merging(try more(number)) { $1 } }
    try await withService(own(0), environment: environment) { first in
        try await withService(own(1), environment: environment) { second in
            try await withService(own(2), environment: environment) { third in
                try await work([first, second, third])
            }
        }
    }
}

/// Those nodes behind HAProxy, on ports that stay the same when they start again.
func withBalancedNodes(
    storePort: Int? = nil, more: [String: String] = [:], _ work: ([RunningService], Balancer) async throws -> Void
) async throws {
    let redis = try await RedisServer()
    func ports(_ number: Int) throws -> [String: String] {
        [
            "http.port": "\(try RawConnection.freePort())", "operations.port": "\(try RawConnection.freePort())",
            "shutdown.delay.seconds": "2",
        ].merging(more) { $1 }
    }
    try await withNodes(redis, storePort: storePort, more: ports) { nodes in
        let balancer = try Balancer(nodes)
        defer { balancer.stop() }
        try await balancer.waitForHealth(of: 3)
        try await work(nodes, balancer)
    }
}
