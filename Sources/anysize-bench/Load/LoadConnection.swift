#if canImport(Glibc)
    import Glibc
#endif

/// A connection that has one request after the other answered, without blocking.
final class LoadConnection {
    let descriptor: CInt
    private var request: Request?
    private var sentCount = 0
    private var reader = AnswerReader()
    private(set) var startedAt = ContinuousClock.now

    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure("nobody listens on port \(port)")
        }
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Of the answer that is complete.
    var status: Int { reader.status }

    /// Whether part of the request couldn't be sent yet.
    var isSending: Bool { request.map { sentCount < $0.bytes.count } ?? false }

    func begin(_ request: Request) throws {
        self.request = request
        sentCount = 0
        reader = AnswerReader()
        startedAt = .now
        try send()
    }

    /// Sends what the socket takes.
    func send() throws {
        guard let request else { return }
        while isSending {
            let count = request.bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sentCount, $0.count - sentCount, CInt(MSG_NOSIGNAL))
            }
            if count > 0 { sentCount += count } else if errno == EAGAIN { return } else { throw lost("sending") }
        }
    }

    /// Reads what is there.
    /// - Returns: whether the answer is complete.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) throws -> Bool {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else {
                if count < 0, errno == EAGAIN { return false }
                throw lost("receiving")
            }
            guard try reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { continue }
            guard let request, reader.status == request.status || request.isRefusable && reader.status == 503 else {
                throw Failure("\(request?.target ?? "?") was answered \(reader.status)")
            }
            return true
        }
    }

    private func lost(_ what: String) -> Failure {
        Failure("connection lost while \(what): \(request?.target ?? "?"), error \(errno)")
    }
}
