import ArgumentParser
import NIOCore
import NIOPosix

/// Asks a running service on this machine whether it is well: for containers that have no curl.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the service on this machine whether it is well; exit code 0 if so, 1 if not."
    )

    @Flag(help: "Ask whether it is ready for requests, not just alive.")
    var ready = false

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        let settings = try await flags.load()
        let host = settings.operations.host
        let target = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
        let path = ready ? "/readyz" : "/healthz"
        let isWell = await Self.ask(target, settings.operations.port, path)
        print(isWell ? "ok" : "not ok")
        if !isWell { throw ExitCode(1) }
    }

    /// Whether a GET is answered with 200 within three seconds.
    private static func ask(_ host: String, _ port: Int, _ path: String) async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(3))
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let timeout = channel.channel.eventLoop.scheduleTask(in: .seconds(3)) {
                channel.channel.close(promise: nil)
            }
            defer { timeout.cancel() }
            return try await channel.executeThenClose { inbound, outbound in
                let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
                try await outbound.write(ByteBuffer(string: request))
                for try await chunk in inbound { return String(buffer: chunk).hasPrefix("HTTP/1.1 200 ") }
                return false
            }
        } catch { return false }
    }
}
