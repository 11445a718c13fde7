/// One request as it goes over the wire, and the status that its answer must have.
struct Request: Sendable {
    let bytes: [UInt8]
    let status: Int
    /// Whether a 503 will do as well.
    let isRefusable: Bool

    private init(_ head: String, _ body: [UInt8] = [], status: Int, isRefusable: Bool = false) {
        bytes = Array(head.utf8) + body
        self.status = status
        self.isRefusable = isRefusable
    }

    /// - Parameter fields: lines of the header, each without its end.
    static func get(_ path: String, _ fields: [String] = [], status: Int = 200, refusable: Bool = false) -> Request {
        let more = fields.map { "\($0)\r\n" }.joined()
        return Request("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(more)\r\n", status: status, isRefusable: refusable)
    }

    static func post(_ path: String, _ body: [UInt8], status: Int = 201) -> Request {
        Request(
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.count)\r\n\r\n", body, status: status)
    }

    /// The target, for messages.
    var target: String {
        String(decoding: bytes.prefix(200), as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init)
            ?? ""
    }
}
