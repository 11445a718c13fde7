import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A connection that sends exactly the bytes it is told to: for what a well-behaved client can't be made to do.
///
/// Everything blocks, so use it inside ``onOwnThread(_:)``.
final class RawConnection: Sendable {
    private struct State {
        var descriptor: CInt?
        /// Received and not yet taken.
        var pending: [UInt8] = []
    }

    private let state: Mutex<State>

    init(port: Int) throws {
        // Not inherited: a service started meanwhile would hold the connection open.
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawError.failed("socket", errno) }
        state = Mutex(State(descriptor: descriptor))
        let code = sockaddr_in.withLoopback(port) { connect(descriptor, $0, $1) }
        guard code == 0 else {
            let error = errno
            close()
            throw RawError.failed("connect", error)
        }
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit { close() }

    /// A port of the loopback address that nobody listened on a moment ago, and that wasn't given before: the kernel may well offer one twice.
    static func freePort() throws -> Int {
        while true {
            let port = try RawListener(port: 0).port
            if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    private static let givenPorts = Mutex<Set<Int>>([])

    func close() {
        guard let descriptor = state.withLock({ $0.descriptor.take() }) else { return }
        _ = Glibc.close(descriptor)
    }

    func send(_ text: String) throws { try send(Data(text.utf8)) }

    func send(_ bytes: Data) throws {
        let descriptor = try openDescriptor()
        try bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                let count = Glibc.send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
                guard count > 0 else { throw RawError.failed("send", errno) }
                sent += count
            }
        }
    }

    /// The next bytes; none at the end of the stream.
    func receive(within seconds: Double) throws -> [UInt8] {
        let descriptor = try openDescriptor()
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&wanted, 1, CInt(max(0, seconds * 1000)))
        guard ready != 0 else { throw RawError.timedOut }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw RawError.failed("recv", errno) }
        return Array(buffer.prefix(count))
    }

    /// The next answer that isn't a 1xx.
    /// - Parameter hasBody: false for the answer to `HEAD`.
    func answer(hasBody: Bool = true, within seconds: Double = 30) throws -> Answer {
        let started = ContinuousClock.now
        let deadline = started + .seconds(seconds)
        while true {
            let head = try takeHead(until: deadline)
            guard head.status >= 200 else { continue }
            let isBodyless = !hasBody || head.status == 204 || head.status == 304
            let body = isBodyless ? [] : try takeBody(head, until: deadline)
            return Answer(
                status: head.status, headers: head.headers, body: Data(body),
                seconds: (ContinuousClock.now - started) / .seconds(1)
            )
        }
    }

    /// The head of the next answer, a 1xx too.
    func status(within seconds: Double = 30) throws -> Int {
        try takeHead(until: ContinuousClock.now + .seconds(seconds)).status
    }

    /// Whether the other side closes within the time; what comes before that is thrown away.
    func isClosed(within seconds: Double) -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        do {
            while true {
                if try receive(within: (deadline - .now) / .seconds(1)).isEmpty { return true }
            }
        } catch RawError.failed {
            return true
        } catch { return false }
    }

    private struct Head {
        let status: Int
        let headers: [String: String]
    }

    private func takeHead(until deadline: ContinuousClock.Instant) throws -> Head {
        let end = Array("\r\n\r\n".utf8)
        var bytes = state.withLock { $0.pending }
        while true {
            if let range = bytes.firstRange(of: end) {
                let rest = Array(bytes[range.upperBound...])
                state.withLock { $0.pending = rest }
                return try Self.parse(String(decoding: bytes[..<range.lowerBound], as: UTF8.self))
            }
            let more = try receive(within: (deadline - .now) / .seconds(1))
            guard !more.isEmpty else { throw RawError.closed }
            bytes += more
        }
    }

    private static func parse(_ text: String) throws -> Head {
        let lines = text.split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw RawError.notHTTP(String(text.prefix(200)))
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw RawError.notHTTP(String(line)) }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            let name = parts[0].lowercased()
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        return Head(status: status, headers: headers)
    }

    /// As many bytes as `Content-Length` says, or all until the end of the stream.
    private func takeBody(_ head: Head, until deadline: ContinuousClock.Instant) throws -> [UInt8] {
        guard head.headers["transfer-encoding"] == nil else {
            throw RawError.notHTTP("chunked answers aren't expected")
        }
        let length = head.headers["content-length"].flatMap { Int($0) }
        var bytes = state.withLock { $0.pending }
        while bytes.count < length ?? .max {
            let more = try receive(within: (deadline - .now) / .seconds(1))
            if more.isEmpty {
                guard length == nil else { throw RawError.closed }
                break
            }
            bytes += more
        }
        let count = length ?? bytes.count
        let rest = Array(bytes[count...])
        state.withLock { $0.pending = rest }
        return Array(bytes.prefix(count))
    }

    private func openDescriptor() throws -> CInt {
        guard let descriptor = state.withLock({ $0.descriptor }) else { throw RawError.closed }
        return descriptor
    }
}

/// A port that notices whether anybody connects to it.
final class RawListener: Sendable {
    let port: Int
    private let descriptor: CInt

    /// - Parameter port: 0 takes any free one.
    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw RawError.failed("socket", errno) }
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        let open = descriptor
        guard sockaddr_in.withLoopback(port, { bind(open, $0, $1) }) == 0, listen(open, 16) == 0 else {
            let error = errno
            _ = close(open)
            throw RawError.failed("listen", error)
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(open, $0, &size) }
        }
        self.port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { _ = close(descriptor) }

    /// Whether somebody has connected since this was asked last.
    func hasVisitor() -> Bool {
        let visitor = accept(descriptor, nil, nil)
        guard visitor >= 0 else { return false }
        _ = close(visitor)
        return true
    }
}

extension sockaddr_in {
    /// The loopback address with a port, as the calls of the system want it.
    fileprivate static func withLoopback<Value>(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// What can go wrong on a raw connection.
enum RawError: Error {
    case failed(String, CInt)
    case timedOut
    case closed
    case notHTTP(String)
}

extension RunningService {
    /// Sends bytes on a connection of its own and returns the answer.
    func raw(_ request: String, body: Data = Data(), hasBody: Bool = true) async throws -> Answer {
        let port = port
        return try await onOwnThread {
            let connection = try RawConnection(port: port)
            try connection.send(Data(request.utf8) + body)
            return try connection.answer(hasBody: hasBody)
        }
    }
}
