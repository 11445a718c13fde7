import Hummingbird
package import Logging
import NIOCore
package import ServiceLifecycle

import HTTPTypes

/// The two listeners of the service.
package enum Listeners {
    /// Where a listener is to be.
    package struct Address: Sendable {
        package let host: String
        /// 0 for any free port.
        package let port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    static let serverName = "Anysize"

    /// The public listener.
    /// - Parameters:
    ///   - lane: answers repeated requests on the event loop; nil to have the responder answer all.
    ///   - running: called with the real port once connections are accepted.
    package static func publicListener(
        _ responder: AnysizeResponder, at address: Address, limits: ConnectionLimits, draining: Draining,
        lane: HitLane?, logger: Logger, running: @escaping @Sendable (Int) -> Void
    ) -> some Service {
        application(
            responder, at: address, limits: limits, draining: draining, lane: lane, logger: logger, running: running)
    }

    /// The operators' listener: the same limits on slowness, fewer connections, and no draining, for it must tell of it.
    package static func operationsListener(
        _ responder: OperationsResponder, at address: Address, logger: Logger,
        running: @escaping @Sendable (Int) -> Void
    ) -> some Service {
        var limits = ConnectionLimits()
        limits.connectionCountMax = 256
        return application(
            responder, at: address, limits: limits, draining: Draining(), lane: nil, logger: logger, running: running
        )
    }

    private static func application<Responder: HTTPResponder>(
        _ responder: Responder, at address: Address, limits: ConnectionLimits, draining: Draining, lane: HitLane?,
        logger: Logger, running: @escaping @Sendable (Int) -> Void
    ) -> Application<Responder> where Responder.Context == BasicRequestContext {
        // Hummingbird logs its own start and each connection's end; our lines say the same in our words.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            responder: responder,
            server: .anysize(limits: limits, draining: draining, lane: lane),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: serverName, backlog: 1024
            ),
            onServerRunning: { channel in running(channel.localAddress?.port ?? address.port) },
            logger: quiet
        )
    }
}
