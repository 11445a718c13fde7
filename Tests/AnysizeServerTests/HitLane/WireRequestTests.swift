import NIOCore
import NIOHTTP1
import Testing

@testable import AnysizeServer

/// What the lane understands without the decoder.
@Suite struct WireRequestTests {
    private enum Kind { case picture, whole, unclear }

    private func kind(_ text: String) -> Kind {
        switch WireRequest(ByteBuffer(string: text)) {
        case .picture: .picture
        case .whole: .whole
        case .unclear: .unclear
        }
    }

    private func kind(fields: String) -> Kind { kind("GET /img/cat?w=1 HTTP/1.1\r\nHost: a\r\n\(fields)\r\n") }

    @Test func `A picture's request is read with all that matters`() throws {
        let text = "HEAD /img/cat?w=1&h=%20 HTTP/1.1\r\nhOSt: a\r\nUser-Agent: b c\r\nACCEPT: \timage/webp, */* \r\n"
        guard
            case .picture(let request) = WireRequest(
                ByteBuffer(string: text + "if-None-match:\"x\"\r\nCookie: a=b\r\n\r\n"))
        else {
            Issue.record("not read")
            return
        }
        #expect(request.isHead && request.target == "/img/cat?w=1&h=%20")
        #expect(request.accept == "image/webp, */*" && request.ifNoneMatch == "\"x\"")
    }

    @Test(arguments: [
        "Connection: keep-alive\r\n", "connection: close\r\n", "Range: bytes=0-1\r\n", "Expect: 100-continue\r\n",
        "Host: b\r\n", "Accept: a/b\r\nAccept: c/d\r\n",
    ])
    func `What asks for more is whole, and for the router`(_ fields: String) { #expect(kind(fields: fields) == .whole) }

    @Test(arguments: [
        "Content-Length: 0\r\n", "Content-Length: 5\r\n\r\nGET /", "Transfer-Encoding: chunked\r\n", "Upgrade: x\r\n",
        "X: a\nY: b\r\n", "X: a\r\n folded\r\n", "X : a\r\n", ": a\r\n", "X: a\u{0}b\r\n", "X: ü\r\n", "X_Y: a\r\n",
        "X\r\n",
        "X: a\rb\r\n", "X: \(String(repeating: "a", count: 4096))\r\n", "\r\nGET /img/cat HTTP/1.1\r\nHost: a\r\n",
    ])
    func `Whatever isn't one plain request without a body is the decoder's`(_ fields: String) {
        #expect(kind(fields: fields) == .unclear)
    }

    @Test(arguments: [
        "GET /img/cat HTTP/1.0", "GET  /img/cat HTTP/1.1", "GET /img/cat", "get /img/cat HTTP/1.1",
        "PUT /img/cat HTTP/1.1",
        "GET /img/c\tat HTTP/1.1", "GET /img/\u{fc} HTTP/1.1", " GET /img/cat HTTP/1.1", "GET /img/cat HTTP/1.1 ", "",
    ])
    func `So is a first line that is written in another way`(_ line: String) {
        #expect(kind("\(line)\r\nHost: a\r\n\r\n") == .unclear)
    }

    @Test(arguments: ["/img", "/", "*", "http://localhost/img/cat", "/images/cat"])
    func `Other targets are whole requests`(_ target: String) {
        #expect(kind("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == .whole)
    }

    @Test func `Without a host it is for the router, which refuses it`() {
        #expect(kind("GET /img/cat HTTP/1.1\r\n\r\n") == .whole)
    }

    @Test func `No beginning of a request is taken for all of it`() {
        let text = "GET /img/cat?w=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
        for count in 0..<text.utf8.count {
            #expect(kind(String(decoding: text.utf8.prefix(count), as: UTF8.self)) == .unclear)
        }
        #expect(kind(text) == .picture)
    }
}
