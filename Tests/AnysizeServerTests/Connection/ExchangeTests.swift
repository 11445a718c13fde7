import AnysizeServer
import NIOHTTP1
import Testing

/// What becomes of a connection, request by request, without a socket.
@Suite("Exchange", .timeLimit(.minutes(1)))
struct ExchangeTests {
    private func makeHead(
        _ method: HTTPMethod = .GET,
        version: HTTPVersion = .http1_1,
        _ fields: [(String, String)] = [("Host", "a")]
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: method, uri: "/", headers: HTTPHeaders(fields))
    }

    /// An exchange whose request has begun, and ended if wished.
    private func makeExchange(_ head: HTTPRequestHead, isEnded: Bool = true) -> Exchange {
        var exchange = Exchange()
        let refusal = exchange.begin(head)
        #expect(refusal == nil)
        if isEnded { exchange.requestEnded() }
        return exchange
    }

    /// Answers, and says whether the answer announced the end and what came next.
    private func answer(
        _ exchange: inout Exchange,
        version: HTTPVersion = .http1_1,
        isCloseWanted: Bool = false
    ) -> (head: HTTPResponseHead, next: Exchange.Next) {
        var head = HTTPResponseHead(version: version, status: .ok)
        exchange.respond(&head, isCloseWanted: isCloseWanted)
        return (head, exchange.responseEnded(isCloseWanted: false))
    }

    @Test("An ordinary request leaves the connection as it was")
    func ordinary() {
        var exchange = self.makeExchange(self.makeHead())
        #expect(exchange.holdsNext)
        let (head, next) = self.answer(&exchange)
        #expect(head.headers["connection"].isEmpty)
        #expect(next == .awaitRequest)
        #expect(!exchange.isInProgress)
        let refusal = exchange.begin(self.makeHead())
        #expect(refusal == nil)
    }

    @Test("An answer before the end of the request is the last one, and says so")
    func early() {
        var exchange = self.makeExchange(self.makeHead(.POST), isEnded: false)
        #expect(!exchange.holdsNext)
        let (head, next) = self.answer(&exchange)
        #expect(head.headers["connection"] == ["close"])
        #expect(next == .close(isRequestUnread: true))
    }

    @Test("A request that ends after an early answer has begun still ends the connection")
    func earlyHead() {
        var exchange = self.makeExchange(self.makeHead(.POST), isEnded: false)
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        exchange.respond(&head, isCloseWanted: false)
        exchange.requestEnded()
        let next = exchange.responseEnded(isCloseWanted: false)
        #expect(next == .close(isRequestUnread: false))
    }

    @Test("Whoever wants the connection closed, the client is told")
    func closeWanted() {
        var exchange = self.makeExchange(self.makeHead())
        let (head, next) = self.answer(&exchange, isCloseWanted: true)
        #expect(head.headers["connection"] == ["close"])
        #expect(next == .close(isRequestUnread: false))
    }

    @Test("HTTP/1.0, Connection: close and an offered upgrade all end the connection")
    func clientWants() {
        let heads = [
            self.makeHead(version: .http1_0), self.makeHead([("Host", "a"), ("connection", "close")]),
            self.makeHead([("Host", "a"), ("connection", "Upgrade"), ("upgrade", "h2c")]), self.makeHead(.CONNECT),
        ]
        for head in heads {
            var exchange = self.makeExchange(head)
            let (response, next) = self.answer(&exchange)
            #expect(response.headers["connection"] == ["close"])
            #expect(response.version == head.version)
            #expect(next == .close(isRequestUnread: false))
        }
    }

    @Test("100 Continue goes out once, and only where it is awaited")
    func continues() {
        var plain = self.makeExchange(self.makeHead(.POST), isEnded: false)
        let unasked = plain.takeContinue()
        #expect(!unasked)
        let expecting = self.makeHead(.POST, [("Host", "a"), ("Expect", "100-Continue")])
        var exchange = self.makeExchange(expecting, isEnded: false)
        #expect(exchange.isContinueAwaited)
        let (first, second) = (exchange.takeContinue(), exchange.takeContinue())
        #expect(first && !second)
        var answered = self.makeExchange(expecting, isEnded: false)
        var head = HTTPResponseHead(version: .http1_1, status: .unauthorized)
        answered.respond(&head, isCloseWanted: false)
        let late = answered.takeContinue()
        #expect(!late)
        let oldHead = self.makeHead(.POST, version: .http1_0, [("Expect", "100-continue")])
        var old = self.makeExchange(oldHead, isEnded: false)
        let outdated = old.takeContinue()
        #expect(!outdated)
    }

    @Test("An informational response is not the answer")
    func informational() {
        var exchange = self.makeExchange(self.makeHead())
        var head = HTTPResponseHead(version: .http1_1, status: .custom(code: 103, reasonPhrase: "Early Hints"))
        exchange.respond(&head, isCloseWanted: true)
        #expect(head.headers.isEmpty)
        #expect(exchange.output == .none)
    }

    @Test("Two ways to say where a body ends, or none that we know, are refused")
    func refusals() {
        func refusal(_ fields: [(String, String)], _ version: HTTPVersion = .http1_1) -> HTTPResponseStatus? {
            var exchange = Exchange()
            return exchange.begin(self.makeHead(.POST, version: version, fields))
        }
        let host = ("Host", "a")
        let chunked = ("transfer-encoding", "Chunked")
        #expect(refusal([host, chunked]) == nil)
        #expect(refusal([host, chunked, ("content-length", "3")]) == .badRequest)
        #expect(refusal([chunked], .http1_0) == .badRequest)
        #expect(refusal([host, ("Transfer-Encoding", "gzip, chunked")]) == .notImplemented)
        #expect(refusal([host, chunked, chunked]) == .notImplemented)
        #expect(refusal([]) == .badRequest)
        #expect(refusal([host, ("HOST", "b")]) == .badRequest)
        #expect(refusal([], .http1_0) == nil)
    }
}

extension ExchangeTests {
    private func makeHead(_ fields: [(String, String)]) -> HTTPRequestHead {
        self.makeHead(.GET, fields)
    }
}
