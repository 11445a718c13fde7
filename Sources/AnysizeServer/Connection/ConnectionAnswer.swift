import FoundationEssentials
import NIOCore
import NIOHTTP1

/// An answer that the connection itself gives, when there is no request that a route could answer: a small problem
/// document (RFC 9457), after which the connection is closed.
struct ConnectionAnswer {
    let status: HTTPResponseStatus
    /// Seconds after which the client may come back; nil to say nothing about it.
    var retryAfterSeconds: Int?

    var head: HTTPResponseHead {
        var headers: HTTPHeaders = [
            "content-type": "application/problem+json",
            "content-length": String(self.text.utf8.count),
            "cache-control": "no-store",
            "connection": "close",
            "date": Self.httpDate(.now),
        ]
        if let retryAfterSeconds = self.retryAfterSeconds {
            headers.add(name: "retry-after", value: String(retryAfterSeconds))
        }
        return HTTPResponseHead(version: .http1_1, status: self.status, headers: headers)
    }

    var body: ByteBuffer { ByteBuffer(string: self.text) }

    /// A date as HTTP writes it (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
        func two(_ number: Int?) -> String { String(String(100 + (number ?? 0)).suffix(2)) }
        let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][(parts.weekday ?? 1) - 1]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(two(parts.day)) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 0)"
        return "\(weekday), \(day) \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
    }

    /// The reason phrase is one of NIO's own: it needs no escaping.
    private var text: String {
        let members = [
            #""type":"urn:anysize:problem:connection""#, #""title":"\#(self.status.reasonPhrase)""#,
            #""status":\#(self.status.code)"#, #""detail":"\#(self.detail)""#,
        ]
        return "{\(members.joined(separator: ","))}\n"
    }

    /// What was wrong, as far as a connection can tell before there is a request; nothing in it needs escaping.
    private var detail: String {
        switch self.status {
        case .requestTimeout: "The request did not arrive in time, or too slowly."
        case .requestHeaderFieldsTooLarge:
            "The head of the request is too large: its fields, all of them, or their number."
        case .tooManyRequests: "Too many requests were sent on this connection before their answers were read."
        case .notImplemented: "Transfer-Encoding may be chunked and nothing else."
        case .httpVersionNotSupported: "The request line does not name HTTP/1.0 or HTTP/1.1."
        case .serviceUnavailable: "There are too many connections. Try again in a second."
        default: "The request is malformed HTTP: its line, its Host, its length or its chunks."
        }
    }
}
