import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import Foundation
import Logging
import S3

/// A store in the bucket of the tests' server, under a prefix of its own.
struct TestBucket {
    let disk: TestDisk
    let prefix = "store-\(UUID().uuidString)"
    let serverPort: Int

    init() async throws {
        disk = try TestDisk()
        serverPort = try await SeaweedServer.shared.port
    }

    /// Another node, or another life of the same one.
    /// - Parameter proxy: what stands before the server.
    func store(
        through proxy: FaultingProxy? = nil, bucket: String = SeaweedServer.bucket,
        secret: String = SeaweedServer.secretAccessKey, rules: S3StoreRules = Self.quick
    ) -> S3OriginalStore {
        Self.store(
            port: proxy?.port ?? serverPort, bucket: bucket, prefix: prefix, secret: secret, rules: rules, on: disk)
    }

    static func store(
        port: Int, bucket: String = SeaweedServer.bucket, prefix: String,
        secret: String = SeaweedServer.secretAccessKey,
        rules: S3StoreRules = Self.quick, on disk: TestDisk
    ) -> S3OriginalStore {
        S3OriginalStore(
            S3Location(
                bucket: bucket, region: "us-east-1",
                endpoint: S3Location.Endpoint(isSecure: false, host: "127.0.0.1", port: port), addressing: .path
            ),
            prefix: prefix,
            credentials: .fixed(S3Credentials(accessKeyID: SeaweedServer.accessKeyID, secretAccessKey: secret)),
            staging: disk.data, threads: TestDisk.threads, rules: rules, metrics: disk.metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// The rules of the real thing, but for times: tests wait for time-outs. Retries are after 10 ms or less.
    static var quick: S3StoreRules {
        var rules = S3StoreRules()
        rules.retries.pauseSeconds = 0.01
        return rules
    }

    /// Rules under which what hangs is given up soon; not so soon that a real server on a busy machine is taken for hanging.
    static func impatient(idle: Double = 2, request: Double = 25) -> S3StoreRules {
        var rules = quick
        rules.limits.idleSeconds = idle
        rules.limits.trySeconds = 2 * idle
        rules.limits.requestSeconds = request
        return rules
    }

    /// Rules under which everything of more than 5 MiB goes in parts.
    static var inParts: S3StoreRules {
        var rules = quick
        rules.singleByteCountMax = 5 << 20
        rules.partByteCount = 5 << 20
        return rules
    }
}
