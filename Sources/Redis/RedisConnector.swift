import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections that have been let in.
struct RedisConnector: Sendable {
    let address: RedisAddress
    let group: any EventLoopGroup
    /// Nil where the address doesn't ask for it.
    let tls: NIOSSLContext?
    let pulse = ServerPulse()

    /// For everything until the first command may be sent.
    private static let deadline = TimeAmount.seconds(1)

    /// - Parameter authorityPath: a PEM file with the authority that the server's certificate is of; nil for those of the system.
    init(_ address: RedisAddress, authorityPath: String?, group: any EventLoopGroup) throws {
        self.address = address
        self.group = group
        guard address.usesTLS else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorityPath { configuration.trustRoots = .file(authorityPath) }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// A connection for commands, greeted.
    func connect() async throws(RedisError) -> any Channel {
        let channel: any Channel
        let fault = ConnectionFault()
        do {
            channel = try await bootstrap { [pulse] channel in
                try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(pulse, fault: fault))
            }.connect(host: address.host, port: address.port).get()
        } catch { throw RedisError(connecting: error) }
        do throws(RedisError) {
            for command in address.greeting { _ = try await channel.send(command, within: Self.deadline) }
            return channel
        } catch {
            channel.close(promise: nil)
            throw fault.value ?? error
        }
    }

    func bootstrap(_ fill: @escaping @Sendable (any Channel) throws -> Void) -> ClientBootstrap {
        ClientBootstrap(group: group)
            .connectTimeout(Self.deadline)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls, host = address.host] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        // A name is checked against the certificate; an address can't be sent as one.
                        let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try fill(channel)
                }
            }
    }
}

extension RedisError {
    /// Why there is no connection, from an error of the transport.
    init(connecting error: any Error) {
        let detail: String
        switch error {
        case let error as NIOConnectionError:
            detail = error.connectionErrors.first.map { "\($0.error)" } ?? "the name \(error.host) has no address"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: detail = "no secure connection: \(error)"
        default: detail = "\(error)"
        }
        self = .unreachable(detail: String(detail.prefix(300)))
    }
}

extension Channel {
    /// Sends a command on a connection that ``RedisChannelHandler`` is on.
    func send(_ command: Command, within time: TimeAmount) async throws(RedisError) -> Reply {
        let deadline = NIODeadline.now() + time
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Reply, RedisError>, Never>) in
            let submission = RedisChannelHandler.Submission(command: command, deadline: deadline) {
                continuation.resume(returning: $0)
            }
            // The handler answers each one, but a pipeline whose handler is gone would not.
            let promise = eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenFailure { _ in submission.complete(.failure(.unavailable)) }
            write(submission, promise: promise)
        }
        return try result.get()
    }
}
