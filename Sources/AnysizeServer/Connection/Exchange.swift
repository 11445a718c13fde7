package import NIOHTTP1

/// How far the current request and its response have come, and what follows from that for the connection.
///
/// There is at most one current request: a pipelining client's later requests are held back until its turn, so that
/// "the body", "the response" and "the time" are never in doubt.
package struct Exchange: Sendable {
    /// How much of the current request has been read.
    package enum Input: Sendable, Equatable {
        /// No request is current.
        case none
        /// The header is read, the end isn't.
        case body
        /// All of it.
        case ended
    }

    /// How much of the current response has been written.
    package enum Output: Sendable, Equatable {
        case none
        /// The final header; a `100 Continue` doesn't count.
        case head
    }

    /// What to do once a response has ended.
    package enum Next: Sendable, Equatable {
        case awaitRequest
        /// Close; `isRequestUnread` when the client may still be sending.
        case close(isRequestUnread: Bool)
    }

    package private(set) var input = Input.none
    package private(set) var output = Output.none
    /// True while the client holds its body back until we say `100 Continue`.
    package private(set) var isContinueAwaited = false

    /// True when nothing that comes after the current request can be read; see `RequestHead`.
    package private(set) var isLast = false

    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var isCloseWanted = false
    private var isCloseAnnounced = false

    package init() {}

    /// True from a request's header to the end of its response.
    package var isInProgress: Bool { self.input != .none }
    /// True while a complete request waits for the end of its response: the next one must wait too.
    package var holdsNext: Bool { self.input == .ended }
    /// True when an answer to the current request must not have a body.
    package var isBodyless: Bool { self.isHead }

    /// A request begins.
    ///
    /// - Returns: the status to refuse it with; nil when there is nothing against it.
    package mutating func begin(_ head: HTTPRequestHead) -> HTTPResponseStatus? {
        self.begin(head, RequestHead(head))
    }

    /// The same, for a caller who has looked at the header already.
    mutating func begin(_ head: HTTPRequestHead, _ traits: RequestHead) -> HTTPResponseStatus? {
        precondition(self.input == .none, "a request began inside another one")
        self.input = .body
        self.output = .none
        self.version = head.version
        self.isHead = head.method == .HEAD
        self.isCloseAnnounced = false
        self.isLast = traits.stopsDecoder
        self.isCloseWanted = head.version == .http1_0 || !head.isKeepAlive || traits.stopsDecoder
        self.isContinueAwaited = traits.expectsContinue
        return traits.refusal
    }

    /// The request has been read to its end.
    package mutating func requestEnded() {
        self.input = .ended
        self.isContinueAwaited = false
    }

    /// Whether to send `100 Continue` now: once at most, and only to a client that waits for it.
    package mutating func takeContinue() -> Bool {
        guard self.isContinueAwaited, self.output == .none else { return false }
        self.isContinueAwaited = false
        return true
    }

    /// Makes a response's header say what will happen to the connection.
    ///
    /// - Parameter isCloseWanted: true when somebody else wants the connection closed after this response.
    package mutating func respond(_ head: inout HTTPResponseHead, isCloseWanted: Bool) {
        guard head.status.code >= 200 else { return }
        self.output = .head
        // An HTTP/1.0 client can't read chunks; the encoder only leaves them out of a response of that version.
        if self.version == .http1_0 { head.version = .http1_0 }
        self.isCloseAnnounced =
            isCloseWanted || self.isCloseWanted || self.input != .ended || !head.isKeepAlive
        guard self.isCloseAnnounced else { return }
        head.headers.replaceOrAdd(name: "connection", value: "close")
    }

    /// Whether the connection stays open after a response to the current request, as far as its client is concerned.
    var keepsOpen: Bool { !self.isCloseWanted && self.version == .http1_1 }

    /// A response that announces no end of the connection is written as a whole.
    mutating func respondWhole() { self.output = .head }

    /// The response has been written to its end.
    ///
    /// - Parameter isCloseWanted: true when the connection must not be used again even if the header didn't say so.
    package mutating func responseEnded(isCloseWanted: Bool) -> Next {
        defer {
            self.input = .none
            self.output = .none
            self.isContinueAwaited = false
        }
        guard isCloseWanted || self.isCloseAnnounced else { return .awaitRequest }
        return .close(isRequestUnread: self.input != .ended)
    }
}
