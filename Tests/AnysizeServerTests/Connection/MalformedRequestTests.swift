import AnysizeServer
import Testing

/// Requests that break HTTP: one answer, then the end.
@Suite("Malformed requests", .timeLimit(.minutes(1)))
struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var request: String
        var status: Int

        init(_ name: String, _ request: String, is status: Int) {
            self.name = name
            self.request = request
            self.status = status
        }

        var testDescription: String { self.name }
    }

    private static let start = "POST /echo HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = start + "Transfer-Encoding: chunked\r\n\r\n"

    static let cases = [
        Case("not HTTP", "hello there\r\n\r\n", is: 400),
        Case("TLS", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}", is: 400),
        Case("no path", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", is: 400),
        Case("no version", "GET /hello\r\nHost: a\r\n\r\n", is: 505),
        Case("HTTP/0.9", "GET /hello HTTP/0.9\r\nHost: a\r\n\r\n", is: 505),
        Case("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", is: 400),
        Case("HTTP/3.1", "GET /hello HTTP/3.1\r\nHost: a\r\n\r\n", is: 505),
        Case("space after the version", "GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n", is: 505),
        Case("no Host", "GET /hello HTTP/1.1\r\n\r\n", is: 400),
        Case("two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", is: 400),
        Case("length and chunks", start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", is: 400),
        Case("chunks and length", start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", is: 400),
        Case("two lengths", start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", is: 400),
        Case("the same length twice", start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", is: 400),
        Case("a list of lengths", start + "Content-Length: 3, 3\r\n\r\nabc", is: 400),
        Case("negative length", start + "Content-Length: -1\r\n\r\n", is: 400),
        Case("length with a plus", start + "Content-Length: +3\r\n\r\nabc", is: 400),
        Case("hexadecimal length", start + "Content-Length: 0x3\r\n\r\nabc", is: 400),
        Case("empty length", start + "Content-Length: \r\n\r\n", is: 400),
        Case("length beyond 64 bits", start + "Content-Length: 18446744073709551617\r\n\r\n", is: 400),
        Case("chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", is: 400),
        Case("unknown coding", start + "Transfer-Encoding: gzip\r\n\r\n", is: 501),
        Case("coding after chunked", start + "Transfer-Encoding: chunked, gzip\r\n\r\n", is: 400),
        Case("coding before chunked", start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", is: 501),
        Case("chunked twice", start + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", is: 400),
        Case("two codings", start + String(repeating: "Transfer-Encoding: chunked\r\n", count: 2) + "\r\n", is: 400),
        Case("made-up coding", start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", is: 501),
        Case("space before the colon", "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", is: 400),
        Case("no colon", "GET /hello HTTP/1.1\r\nHost a\r\n\r\n", is: 400),
        Case("empty field name", "GET /hello HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", is: 400),
        Case("folded field", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", is: 400),
        Case("leading space", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n", is: 400),
        Case("bare CR in a field", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", is: 400),
        Case("bare LF after a field", "GET /hello HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", is: 400),
        Case("bare LF after the request line", "GET /hello HTTP/1.1\nHost: a\r\n\r\n", is: 505),
        Case("bare LF at the end", "GET /hello HTTP/1.1\r\nHost: a\r\n\n", is: 400),
        Case("NUL in a field", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", is: 400),
        Case("NUL in the path", "GET /hel\0lo HTTP/1.1\r\nHost: a\r\n\r\n", is: 400),
        Case("bad chunk size", chunked + "zz\r\nabc\r\n0\r\n\r\n", is: 400),
        Case("chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", is: 400),
        Case("negative chunk size", chunked + "-3\r\nabc\r\n0\r\n\r\n", is: 400),
        Case("chunk size beyond 64 bits", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", is: 400),
        Case("chunk longer than its size", chunked + "3\r\nabcd\r\n0\r\n\r\n", is: 400),
        Case("bare LF after a chunk size", chunked + "3\nabc\r\n0\r\n\r\n", is: 400),
        Case("long field", "GET /hello HTTP/1.1\r\nHost: a\r\nX: \(long(17))\r\n\r\n", is: 431),
        Case("long path", "GET /\(long(17)) HTTP/1.1\r\nHost: a\r\n\r\n", is: 431),
        Case("long header", "GET /hello HTTP/1.1\r\nHost: a\r\n\(fields(3, long(12)))\r\n", is: 431),
        Case("many fields", "GET /hello HTTP/1.1\r\nHost: a\r\n\(fields(100, "x"))\r\n", is: 431),
        Case("a flood of fields", "GET /hello HTTP/1.1\r\nHost: a\r\n\(fields(200_000, ""))\r\n", is: 431),
        Case("many trailers", chunked + "0\r\n\(fields(200, "x"))\r\n", is: 431),
    ]

    private static func long(_ kilobytes: Int) -> String { String(repeating: "x", count: kilobytes * 1024) }

    private static func fields(_ count: Int, _ value: String) -> String {
        String(repeating: "A: \(value)\r\n", count: count)
    }

    @Test("A malformed request gets one answer, and the connection ends", arguments: cases)
    func malformed(_ example: Case) async throws {
        try await Self.check(example)
    }

    @Test("So does one after a good one, in its turn", arguments: cases.prefix(12))
    func pipelined(_ example: Case) async throws {
        try await Self.check(example, after: "GET /brief HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test("Limits themselves are within limits")
    func exactLimits() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(Self.fields(99, "x"))\r\n")
            #expect(await client.response()?.status == 200)
            try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: \(Self.long(16).dropLast())\r\n\r\n")
            #expect(await client.response()?.status == 200)
        }
    }

    private static func check(_ example: Case, after good: String? = nil) async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            async let sending: Void? = try? client.send((good ?? "") + example.request)
            if good != nil {
                #expect(await client.response()?.body == "done")
            }
            let response = await client.response()
            #expect(response?.status == example.status)
            #expect(response?.closes == true)
            if example.status == response?.status {
                #expect(response?.field("content-type") == "application/problem+json")
                #expect(response?.body.hasPrefix(#"{"type":"urn:anysize:problem:connection","title":""#) == true)
                #expect(server.closedCount(.parseError) == 1)
            }
            #expect(await client.remainder() == "")
            _ = await sending
            #expect(!server.journal.all.contains { $0.hasPrefix("body of") })
        }
    }
}
