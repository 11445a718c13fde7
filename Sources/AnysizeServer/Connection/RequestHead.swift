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

    /// Whether the fields announce a body, or try to.
    var mayHaveBody: Bool { self.hasContentLength || !self.transferCodings.isEmpty }

    /// Whether there is a `Connection`, whatever it says.
    private(set) var namesConnection = false

    private var hostCount = 0
    private var hasContentLength = false
    private var transferCodings: [String] = []

    /// Of a header that the decoder has read.
    init(_ head: HTTPRequestHead) {
        self.init(stopsDecoder: head.method == .CONNECT)
        for (name, value) in head.headers {
            self.note(DecodedField(name: name, value: value))
        }
        self.complete(head.version)
    }

    /// Of a header whose fields are noted one by one.
    /// - Parameter stopsDecoder: see there; the fields may say so, too.
    init(stopsDecoder: Bool = false) { self.stopsDecoder = stopsDecoder }

    /// Takes a field into account. The lengths sort out nearly every one before its name is looked at.
    mutating func note(_ field: some HeaderField) {
        switch field.nameByteCount {
        case 4 where field.isNamed("host"): self.hostCount += 1
        case 5 where field.isNamed("range"): self.isPlain = false
        case 6 where field.isNamed("expect"):
            self.expectsContinue = field.value.lowercased() == "100-continue"
            self.isPlain = false
        case 6 where field.isNamed("accept"):
            // A field that is there twice is one value with a comma, which is for others to put together.
            if self.accept != nil { self.isPlain = false }
            self.accept = field.value
        case 7 where field.isNamed("upgrade"): self.stopsDecoder = true
        case 10 where field.isNamed("connection"): self.namesConnection = true
        case 13 where field.isNamed("if-none-match"):
            if self.ifNoneMatch != nil { self.isPlain = false }
            self.ifNoneMatch = field.value
        case 14 where field.isNamed("content-length"):
            self.hasContentLength = true
            self.isPlain = false
        case 16 where field.isNamed("proxy-connection"):
            // No standard knows it, but the decoder takes it for the other.
            self.namesConnection = true
            self.isPlain = false
        case 17 where field.isNamed("transfer-encoding"):
            self.transferCodings.append(field.value.lowercased())
            self.isPlain = false
        default: break
        }
    }

    /// All fields have been noted.
    mutating func complete(_ version: HTTPVersion) {
        if version == .http1_0 { self.expectsContinue = false }
        self.refusal = self.framingRefusal(version) ?? self.hostRefusal(version)
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
