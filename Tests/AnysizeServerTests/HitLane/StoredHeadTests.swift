import NIOCore
import NIOHTTP1
import Testing

@testable import AnysizeServer

@Suite struct StoredHeadTests {
    private func head(_ fields: [(String, String)], status: HTTPResponseStatus = .ok) -> HTTPResponseHead {
        HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(fields))
    }

    private func text(_ stored: StoredHead, nanoseconds: Int64) -> String {
        var buffer = ByteBuffer()
        stored.write(to: &buffer, date: Array("Mon, 23 Nov 2026 20:00:00 GMT".utf8), nanoseconds: nanoseconds)
        return String(buffer: buffer)
    }

    @Test(arguments: [
        (0, "0.000"), (499, "0.000"), (500, "0.001"), (42_000, "0.042"), (1_000_000, "1.000"),
        (12_345_678, "12.346"), (3_600_000_000_000, "3600000.000"), (-5, "0.000"),
    ])
    func onlyDateAndTimeAreNew(_ nanoseconds: Int64, _ milliseconds: String) throws {
        let stored = try #require(
            StoredHead(
                head([
                    ("ETag", "\"a\""), ("Server-Timing", "total;dur=7.125"), ("Content-Length", "3"),
                    ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Server", "Anysize"),
                ])))
        #expect(
            text(stored, nanoseconds: nanoseconds) == """
                HTTP/1.1 200 OK\r\nETag: "a"\r\nServer-Timing: total;dur=\(milliseconds)\r\nContent-Length: 3\r\n\
                Date: Mon, 23 Nov 2026 20:00:00 GMT\r\nServer: Anysize\r\n\r\n
                """)
    }

    @Test func theOrderOfTheTwoDoesNotMatter() throws {
        let stored = try #require(
            StoredHead(
                head([("Date", "x"), ("Server-Timing", "total;dur=1")], status: .notModified)))
        #expect(
            text(stored, nanoseconds: 0)
                == "HTTP/1.1 304 Not Modified\r\nDate: Mon, 23 Nov 2026 20:00:00 GMT\r\nServer-Timing: total;dur=0.000\r\n\r\n"
        )
    }

    @Test(arguments: [
        [("Date", "x")], [("Server-Timing", "total;dur=1")], [],
        [("Date", "x"), ("Server-Timing", "queue;dur=1, total;dur=2")], [("Date", "x"), ("Server-Timing", "total")],
        [("Date", "x"), ("Date", "x")],
        [("Date", "x"), ("Server-Timing", "total;dur=1"), ("Connection", "close")],
        [("Date", "x"), ("Server-Timing", "total;dur=1"), ("Transfer-Encoding", "chunked")],
    ])
    func whatCannotBeGivenAgainIsNotKept(_ fields: [(String, String)]) {
        #expect(StoredHead(head(fields)) == nil)
    }
}
