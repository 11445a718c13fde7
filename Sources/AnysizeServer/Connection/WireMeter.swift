import NIOCore

/// Counts the bytes on the wire, between socket and HTTP decoder, and can shut the decoder off from them.
///
/// It takes no decisions: `ConnectionHandler`, on the other side of the decoder, reads the counts and sets the switch.
final class WireMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Bytes received since the connection was opened.
    private(set) var receivedByteCount = 0
    /// Bytes handed to the socket since the connection was opened; some may still wait in its buffer.
    private(set) var writtenByteCount = 0
    /// Bytes received and thrown away.
    private(set) var discardedByteCount = 0
    /// True once the client has closed its side, or the connection is gone. The decoder, told next, may report an error
    /// because of it; this says where that error comes from.
    private(set) var isInputClosed = false
    /// While true, what is received is thrown away.
    var isDiscarding = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let byteCount = Self.unwrapInboundIn(data).readableBytes
        self.receivedByteCount += byteCount
        if self.isDiscarding {
            self.discardedByteCount += byteCount
        } else {
            context.fireChannelRead(data)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            self.isInputClosed = true
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isInputClosed = true
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.writtenByteCount += Self.unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }
}
