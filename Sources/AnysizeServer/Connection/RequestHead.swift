import NIOHTTP1

/// What decides about a request before anyone else gets to see it, gathered in one pass over its header.
///
/// The decoder has refused most malformed headers by then; the rules here are those that it leaves to its user, each of
/// them a way to make two servers on a path disagree about where a request ends or whom it is for.
struct RequestHead {
    /// The status to refuse the request with; nil when there is nothing against it.
    private(set) var refusal: HTTPResponseStatus?
    /// True when the client holds its body back until it reads `100 Continue` (RFC 9110, 10.1.1).
    private(set) var expectsContinue = false
    /// True for a request after which NIO's decoder ignores all bytes, and piles them up, waiting for an upgrade that we
    /// never offer: such a connection can be answered once and no more.
    private(set) var stopsDecoder: Bool

    /// Whether all that the header asks for, beside the target, is in `accept` and `ifNoneMatch`; or in fields that no route
    /// looks at for a picture.
    private(set) var isPlain = true
    /// The value of `Accept`.
    private(set) var accept: String?
    /// The value of `If-None-Match`.
    private(set) var ifNoneMatch: String?

    private var hostCount = 0
    private var hasContentLength = false
    private var transferCodings: [String] = []

    init(_ head: HTTPRequestHead) {
        self.stopsDecoder = head.method == .CONNECT
        for (name, value) in head.headers {
            self.note(name, value)
        }
        if head.version == .http1_0 {
            self.expectsContinue = false
        }
        self.refusal = self.framingRefusal(head.version) ?? self.hostRefusal(head.version)
    }

    /// The lengths sort out nearly every field before its name is looked at.
    private mutating func note(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 4 where name.lowercased() == "host": self.hostCount += 1
        case 5 where name.lowercased() == "range": self.isPlain = false
        case 6 where name.lowercased() == "expect":
            self.expectsContinue = value.lowercased() == "100-continue"
            self.isPlain = false
        case 6 where name.lowercased() == "accept":
            // A field that is there twice is one value with a comma, which is for others to put together.
            if self.accept != nil { self.isPlain = false }
            self.accept = value
        case 7 where name.lowercased() == "upgrade": self.stopsDecoder = true
        case 13 where name.lowercased() == "if-none-match":
            if self.ifNoneMatch != nil { self.isPlain = false }
            self.ifNoneMatch = value
        case 14 where name.lowercased() == "content-length":
            self.hasContentLength = true
            self.isPlain = false
        case 17 where name.lowercased() == "transfer-encoding":
            self.transferCodings.append(value.lowercased())
            self.isPlain = false
        default: break
        }
    }

    /// RFC 9112, 6.1 and 6.3: one way to say where the body ends, and one that we understand.
    private func framingRefusal(_ version: HTTPVersion) -> HTTPResponseStatus? {
        guard !self.transferCodings.isEmpty else { return nil }
        if self.hasContentLength || version == .http1_0 { return .badRequest }
        return self.transferCodings == ["chunked"] ? nil : .notImplemented
    }

    /// RFC 9112, 3.2: exactly one Host, which only HTTP/1.0 may leave out.
    private func hostRefusal(_ version: HTTPVersion) -> HTTPResponseStatus? {
        switch self.hostCount {
        case 1: nil
        case 0 where version == .http1_0: nil
        default: .badRequest
        }
    }
}
