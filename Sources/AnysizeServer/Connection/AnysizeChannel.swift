import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// How each accepted socket becomes a served connection: Hummingbird's HTTP/1 channel, with ours in charge of limits,
/// time and closing.
package struct AnysizeChannel: ServerChildChannel, HTTPChannelHandler {
    /// A connection that was set up.
    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        fileprivate let connection: Connection
        /// Requests and responses; nil for a connection that was turned away.
        fileprivate let parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?
    }

    package let responder: HTTPChannelHandler.Responder

    private let limits: ConnectionLimits
    private let count: ConnectionCount
    private let draining: Draining
    private let metrics: ConnectionMetrics
    private let lane: HitLane?

    package init(
        limits: ConnectionLimits,
        count: ConnectionCount,
        draining: Draining,
        metrics: ConnectionMetrics,
        lane: HitLane? = nil,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.count = count
        self.draining = draining
        self.metrics = metrics
        self.lane = lane
        self.responder = responder
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let admission = self.admit(channel)
            let connection = Connection(channel: channel)
            let meter = WireMeter()
            let pipeline = channel.pipeline.syncOperations

            try pipeline.addHandler(meter)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,  // ConnectionHandler holds back the second request itself
                withErrorHandling: false,  // and answers what can't be parsed
                withOutboundHeaderValidation: false,  // HTTPTypes has checked the fields
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: self.decoderLimits
            )
            try pipeline.addHandler(
                ConnectionHandler(
                    admission: admission,
                    connection: connection,
                    meter: meter,
                    surroundings: .init(
                        limits: self.limits,
                        draining: self.draining,
                        metrics: self.metrics,
                        logger: logger
                    ),
                    lane: self.lane?.lane(of: channel.eventLoop)
                )
            )
            guard admission == .admitted else {
                return Value(channel: channel, connection: connection, parts: nil)
            }
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
            return Value(channel: channel, connection: connection, parts: parts)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        guard let parts = value.parts else { return }
        await Connection.$current.withValue(value.connection) {
            await self.handleHTTP(asyncChannel: parts, logger: logger)
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = self.limits.headerFieldSizeMax
        limits.maxHeaderListSize = self.limits.headerListSizeMax
        limits.maxHeaderFieldCount = self.limits.headerFieldCountMax
        return limits
    }

    /// Counts the connection in, and out again when it closes.
    private func admit(_ channel: any Channel) -> ConnectionCount.Admission {
        let admission = self.count.admit()
        if admission == .admitted {
            self.metrics.opened()
        } else {
            self.metrics.refusedOne()
        }
        channel.closeFuture.whenComplete { [count, metrics] _ in
            count.release(admission)
            if admission == .admitted { metrics.ended() }
        }
        return admission
    }
}

extension HTTPServerBuilder {
    /// Builds a server of connections that are kept within limits.
    ///
    /// - Parameters:
    ///   - count: the connections of the process; share one between servers to share the limit.
    ///   - draining: see `Draining`.
    ///   - lane: answers repeated requests on the event loop; nil to have routes answer all.
    package static func anysize(
        limits: ConnectionLimits = ConnectionLimits(),
        count: ConnectionCount? = nil,
        draining: Draining = Draining(),
        metrics: ConnectionMetrics = ConnectionMetrics(),
        lane: HitLane? = nil
    ) -> HTTPServerBuilder {
        let count = count ?? ConnectionCount(limits: limits)
        return HTTPServerBuilder { responder in
            AnysizeChannel(
                limits: limits, count: count, draining: draining, metrics: metrics, lane: lane, responder: responder)
        }
    }
}
