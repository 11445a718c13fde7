import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A real S3-compatible server, SeaweedFS, one for all tests of a run. It ends with the process of the tests, however that ends, and
/// leaves nothing behind.
package final class SeaweedServer: Sendable {
    /// Where it speaks S3.
    package let port: Int
    package static let bucket = "originals"
    package static let accessKeyID = "AKIDOFTHETESTS"
    package static let secretAccessKey = "the-secret-of-the-tests-0123456789"
    /// Buckets have hosts in this domain.
    package static let domain = "s3.localhost"
    /// Ends the server when it is closed, as it is when this process ends.
    private let lifeline: Pipe

    private static let starting = Task { try await SeaweedServer() }

    /// Started when it is first asked for.
    /// - Throws: ``ServerFault``, which tells how to install it.
    package static var shared: SeaweedServer { get async throws { try await starting.value } }

    private init() async throws {
        let weed = try Self.program()
        let ports = try LoopbackSocket.freePorts(8)
        port = ports[0]
        let directory = FileManager.default.temporaryDirectory.path + "/anysize-seaweedfs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
        try Self.identities.write(toFile: directory + "/s3.json", atomically: true, encoding: .utf8)
        lifeline = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", weed, directory] + ports.map { "\($0)" }
        process.standardInput = lifeline
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<300 {
            if FileManager.default.fileExists(atPath: directory + "/ready") { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
        try? lifeline.fileHandleForWriting.close()
        throw ServerFault("SeaweedFS did not start in 30 s. Its log ends with:\n\(log.suffix(2000))")
    }

    /// In the checkout, where `Docker/install-packages test` puts it; `ANYSIZE_WEED` names another.
    private static func program() throws -> String {
        if let path = ProcessInfo.processInfo.environment["ANYSIZE_WEED"] { return path }
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let path = checkout.appending(path: ".build-tools/bin/weed").path()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ServerFault("There is no SeaweedFS at \(path). Run: Docker/install-packages test")
        }
        return path
    }

    private static let identities = """
        {"identities": [{"name": "tests", "credentials": [{"accessKey": "\(accessKeyID)", "secretKey": "\(secretAccessKey)"}], \
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
        """

    /// Waits for its input to end, and then ends the server by its own number. All listen on this machine only.
    private static let script = """
        weed=$1 dir=$2; shift 2
        "$weed" -logtostderr=true server -dir="$dir/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
        -master.telemetry=false -master.volumeSizeLimitMB=1024 -volume.max=50 -master.port=$2 -master.port.grpc=$3 \
        -volume.port=$4 -volume.port.grpc=$5 -filer -filer.port=$6 -filer.port.grpc=$7 -filer.localSocket="$dir/filer.sock" \
        -s3 -s3.port=$1 -s3.port.grpc=$8 -s3.port.iceberg=0 -s3.port.lance=0 -s3.localSocket="$dir/s3.sock" \
        -s3.config="$dir/s3.json" -s3.domainName=\(domain) -s3.iam=false -s3.autoCreateBucket=false \
        </dev/null >"$dir/log" 2>&1 &
        server=$!
        (
            rest() { kill -0 $server 2>/dev/null || exit; sleep 0.1; }
            until curl --silent --fail --output /dev/null --max-time 5 -X POST "http://127.0.0.1:$6/buckets/\(bucket)/"
            do rest; done
            until curl --silent --output /dev/null --max-time 5 "http://127.0.0.1:$1/"; do rest; done
            # The first write makes it lay out volumes, which takes a moment.
            until curl --silent --fail --output /dev/null --max-time 20 -T "$dir/s3.json" \
            "http://127.0.0.1:$6/buckets/\(bucket)/.first"
            do rest; done
            touch "$dir/ready"
        ) </dev/null &
        cat >/dev/null
        kill -9 $server
        wait $server
        rm -rf "$dir" /tmp/seaweedfs-master-grpc-$3.sock /tmp/seaweedfs-volume-grpc-$5.sock \
        /tmp/seaweedfs-filer-grpc-$7.sock /tmp/seaweedfs-s3-grpc-$8.sock
        """
}
