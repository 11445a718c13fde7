import AnysizeClient
import NIOCore
import NIOHTTP1
import Testing

@Suite struct ServiceAnswerTests {
    @Test func `a refusal is what the problem document says`() {
        let body = #"{"type":"urn:anysize:problem:too-many-bytes","detail":"At most 5.","status":413,"max":5}"#
        let answer = ServiceAnswer(status: 413, body: ByteBuffer(string: body))
        #expect(answer.refusal == ServiceRefusal(status: 413, kind: "too-many-bytes", detail: "At most 5."))
    }

    @Test func `without a document it is what Cache-Status says, and else the number`() {
        let told = ServiceAnswer(status: 404, headers: ["Cache-Status": "Anysize; fwd=miss; detail=unknown-original"])
        #expect(told.refusal.kind == "unknown-original")
        #expect(ServiceAnswer(status: 502, body: ByteBuffer(string: "<html>")).refusal.kind == "status-502")
    }

    @Test(
        arguments: [
            ("3", 3.0), ("0", 0.0), ("-1", 0.0), ("soon", nil), ("Wed, 21 Oct 2026 07:28:00 GMT", nil),
        ] as [(String, Double?)])
    func `Retry-After is a number of seconds, or nothing`(text: String, seconds: Double?) {
        #expect(ServiceAnswer(status: 503, headers: ["Retry-After": text]).retryAfterSeconds == seconds)
    }

    @Test(arguments: [
        ("Anysize; hit; detail=memory", true, false, "memory"),
        ("Anysize; fwd=miss; stored; detail=render-level-3", false, false, "render-level-3"),
        ("Anysize; fwd=miss; collapsed; detail=render-original", false, true, "render-original"),
        ("Anysize; hit; detail=disk, edge; fwd=miss", true, false, "disk"),
    ])
    func `Cache-Status tells what the service itself had to do`(text: String, hit: Bool, shared: Bool, detail: String) {
        let status = CacheStatus(["Cache-Status": text])
        #expect(status?.isHit == hit && status?.isShared == shared && status?.detail == detail)
    }

    @Test func `a cache in front is no business of ours`() {
        #expect(CacheStatus(["Cache-Status": "nginx; hit"]) == nil)
        #expect(CacheStatus([:]) == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
        ("HTTPS://img.example.org/", "https://img.example.org", false),
        ("https://example.org/pictures/", "https://example.org/pictures", false),
        ("http://[::1]:80", "http://[::1]:80", true),
    ])
    func `a service has a host, and perhaps a port and a path`(text: String, base: String, isLoopback: Bool) {
        #expect(ServiceURL(text)?.description == base)
        #expect(ServiceURL(text)?.isLoopback == isLoopback)
    }

    @Test(arguments: ["", "127.0.0.1:8080", "ftp://a", "http://", "http://a?b=c", "http://u:p@a", "http://a/#x"])
    func `anything else is no address`(text: String) {
        #expect(ServiceURL(text) == nil)
    }
}
