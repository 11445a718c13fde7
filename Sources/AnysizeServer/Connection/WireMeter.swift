import NIOCore

/// Counts the bytes on the wire, between socket and HTTP decoder, and can shut the decoder off from them.
///
/// It takes no decisions: `ConnectionHandler`, on the other side of the decoder, reads the counts and sets the switch, and may
/// answer what has come in before the decoder sees it.
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
    /// Is shown everything first; nil where nobody wants to be. In a circle with us until the channel is closed.
    var firstReader: (any WireReader)?
    /// What became of what came in this batch.
    private var batch = (isAnswered: false, isPassedOn: false)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let byteCount = Self.unwrapInboundIn(data).readableBytes
        self.receivedByteCount += byteCount
        if self.isDiscarding {
            self.discardedByteCount += byteCount
        } else if self.firstReader?.answers(Self.unwrapInboundIn(data), context) == true {
            self.batch.isAnswered = true
        } else {
            self.batch.isPassedOn = true
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        defer { self.batch = (false, false) }
        if self.batch.isAnswered, !self.batch.isPassedOn, let firstReader = self.firstReader {
            firstReader.batchWasAnswered(context)
        } else {
            // Who is behind us sends what was answered, too.
            context.fireChannelReadComplete()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.firstReader = nil }

    /// Writes what needs no encoder; it is sent with the next flush.
    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        self.writtenByteCount += bytes.readableBytes
        context.write(NIOAny(IOData.byteBuffer(bytes)), promise: nil)
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

/// Who may answer what came in before the HTTP decoder sees it.
protocol WireReader: AnyObject {
    /// - Parameter bytes: of one read.
    /// - Returns: whether they are answered; if not, they go on to the decoder.
    func answers(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> Bool

    /// All that was read is answered, and wants to be sent.
    func batchWasAnswered(_ context: ChannelHandlerContext)
}
