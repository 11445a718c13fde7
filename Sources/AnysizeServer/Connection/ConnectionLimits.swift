/// What one client connection may cost us, in time, in bytes and in number.
///
/// Seconds are fractions where that helps tests; every limit is enforced by `ConnectionHandler`, the times and rates
/// by way of `ConnectionClock`.
package struct ConnectionLimits: Sendable, Equatable {
    /// Connections open at the same time; one more is answered 503 and closed.
    ///
    /// 4096 connections cost about 120 MB at 30 KB each, and one file descriptor each.
    package var connectionCountMax = 4096

    /// Connections beyond `connectionCountMax` that may wait for their 503; one more is closed without a word.
    ///
    /// Without it a flood of connections would be kept open by the very answer that refuses them.
    package var refusedCountMax = 256

    /// Seconds for a whole request header, from its first byte, or from the opening of the connection for the first.
    ///
    /// Bytes don't prolong it, or a client sending one a second could stay for ever. 10 s is what the CIS benchmark for
    /// nginx asks for.
    package var headerSecondsMax = 10.0

    /// Seconds a connection may rest between two requests; nginx's default.
    package var idleSecondsMax = 75.0

    /// Seconds before `bodyBytesPerSecondMin` is asked for: a mobile radio needs a few to wake up.
    package var bodyGraceSeconds = 5.0

    /// Average bytes per second that a request body must bring; only time spent waiting for the client counts.
    ///
    /// At 10 kB/s a photograph of 3 MB takes its five minutes; less is an attack or a dead link.
    package var bodyBytesPerSecondMin = 10_000

    /// Seconds spent waiting for one whole request body, however fast it comes.
    package var bodySecondsMax = 300.0

    /// Seconds before `writeBytesPerSecondMin` is asked for.
    package var writeGraceSeconds = 5.0

    /// Average bytes per second that a client must take from us while bytes are waiting for it.
    package var writeBytesPerSecondMin = 10_000

    /// Seconds of standstill that a client can have earned by being fast before, in either direction.
    ///
    /// Without it a megabyte read at once would buy a hundred seconds of silence.
    package var stallSecondsMax = 30.0

    /// Bytes of one header field, or of the request target: room for a long signed URL, not for more.
    package var headerFieldSizeMax = 16 * 1024

    /// Bytes of all header fields of a request together.
    package var headerListSizeMax = 32 * 1024

    /// Header fields of a request. Browsers and proxies together send some forty.
    package var headerFieldCountMax = 100

    /// Parts (headers, pieces of bodies, ends) of pipelined requests that may wait for the current one's response.
    ///
    /// A thousand are some 500 requests and 300 KB; without a limit the system's receive buffer, turned into requests,
    /// would be 100 MB for one connection.
    package var heldPartCountMax = 1_000

    /// Seconds that we go on reading, and throwing away, after the last answer of a connection.
    ///
    /// Closing at once with unread bytes resets the connection, and the client may never see the answer.
    package var lingerSecondsMax = 2.0

    /// Bytes that we go on reading, and throwing away, after the last answer of a connection.
    package var lingerByteCountMax = 1_000_000

    package init() {}
}
