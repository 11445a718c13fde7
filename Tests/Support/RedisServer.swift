import Foundation
import NIOCore
import NIOPosix

/// A real `redis-server` on a free port of this machine, ended with the value.
package final class RedisServer: Sendable {
    package let port: Int
    private let process: Shared<Process>
    private let directory: String
    private let arguments: [String]

    /// - Parameters:
    ///   - arguments: more of the server's own, as `--requirepass secret`.
    ///   - certificate: with one it takes secure connections only.
    package init(_ arguments: String..., certificate: TestCertificate? = nil) async throws {
        directory = FileManager.default.temporaryDirectory.path + "/redis-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let port = try Self.freePort()
        self.port = port
        let listening =
            certificate.map {
                [
                    "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", $0.path, "--tls-key-file", $0.keyPath,
                    "--tls-ca-cert-file", $0.authorityPath, "--tls-auth-clients", "no",
                ]
            } ?? ["--port", "\(port)"]
        self.arguments =
            listening + ["--bind", "127.0.0.1", "--dir", directory, "--save", "", "--daemonize", "no"] + arguments
        process = Shared(try Self.start(self.arguments))
        try await awaitListening()
    }

    deinit {
        let process = process.value
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    package var url: String { "redis://127.0.0.1:\(port)" }

    /// Sends a signal: SIGSTOP, SIGCONT.
    package func signal(_ number: CInt) { kill(process.value.processIdentifier, number) }

    package func crash() {
        let process = process.value
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The same once more, empty.
    package func restart() async throws {
        process.change { [arguments] in $0 = (try? Self.start(arguments)) ?? $0 }
        try await awaitListening()
    }

    private static func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/redis-server")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func awaitListening() async throws {
        for _ in 0..<500 where process.value.isRunning {
            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
            if let channel {
                try await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CocoaError(.executableNotLoadable)
    }

    private static func freePort() throws -> Int {
        let channel = try ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).wait()
        defer { try? channel.close().wait() }
        return channel.localAddress?.port ?? 0
    }
}
