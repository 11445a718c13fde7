import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A small HTTP/1.1 server of a test's own on a free port of this machine: a thread for each connection, one request after the
/// other, each read whole before it is looked at.
package final class LoopbackServer: Sendable {
    package let port: Int
    private let listener: CInt
    private let state = Mutex(State())
    private let serve: @Sendable (LoopbackConnection, RawRequest) -> Bool

    private struct State {
        var isStopped = false
        var connections: Set<CInt> = []
        var requests: [RawRequest] = []
    }

    /// - Parameter serve: answers a request; false ends the connection.
    package init(_ serve: @escaping @Sendable (LoopbackConnection, RawRequest) -> Bool) throws {
        (listener, port) = try LoopbackSocket.listen()
        self.serve = serve
        start { $0.acceptAll() }
    }

    deinit { close(listener) }

    /// Every request so far, in the order of their coming.
    package var requests: [RawRequest] { state.withLock { $0.requests } }

    package var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends everything that is under way.
    package func stop() {
        let connections = state.withLock { state in
            state.isStopped = true
            return state.connections
        }
        // They are closed by their threads, which this wakes.
        for connection in connections { _ = shutdown(connection, CInt(SHUT_RDWR)) }
        _ = shutdown(listener, CInt(SHUT_RDWR))
    }

    private func start(_ work: @escaping @Sendable (LoopbackServer) -> Void) {
        let thread = Thread { work(self) }
        thread.stackSize = 512 * 1024
        thread.start()
    }

    private func acceptAll() {
        while !isStopped {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            state.withLock { _ = $0.connections.insert(descriptor) }
            if isStopped { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }
            start { server in
                let connection = LoopbackConnection(descriptor)
                while let request = connection.readRequest() {
                    server.state.withLock { $0.requests.append(request) }
                    guard server.serve(connection, request) else { break }
                }
                server.state.withLock { _ = $0.connections.remove(descriptor) }
                close(descriptor)
            }
        }
    }
}

/// A request as it came in.
package struct RawRequest: Sendable {
    package let method: String
    package let target: String
    /// With the empty line at its end.
    package let head: [UInt8]
    package let body: [UInt8]
    /// By names in lower case.
    package let headers: [String: String]
}

/// A connection's bytes, read and written by one thread.
package final class LoopbackConnection {
    private let descriptor: CInt
    private var unread: [UInt8] = []

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        LoopbackSocket.muteSignals(descriptor)
    }

    package func readRequest() -> RawRequest? {
        guard let head = readHead() else { return nil }
        let (first, headers) = Self.parse(head)
        let words = first.split(separator: " ").map(String.init)
        guard words.count == 3, let body = read(headers["content-length"].flatMap { Int($0) } ?? 0) else { return nil }
        return RawRequest(method: words[0], target: words[1], head: head, body: body, headers: headers)
    }

    /// An answer's head with its status and headers.
    func readAnswerHead() -> (head: [UInt8], status: Int, headers: [String: String])? {
        guard let head = readHead() else { return nil }
        let (first, headers) = Self.parse(head)
        return (head, Int(first.split(separator: " ").dropFirst().first ?? "") ?? 0, headers)
    }

    func read(_ count: Int) -> [UInt8]? {
        while unread.count < count { guard fill() else { return nil } }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    @discardableResult
    package func write(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Answers with a whole body.
    @discardableResult
    package func answer(_ status: Int, _ headers: [String: String] = [:], _ body: String = "", isHead: Bool = false)
        -> Bool
    {
        let lines = headers.map { "\($0): \($1)\r\n" }.sorted().joined()
        let head = "HTTP/1.1 \(status) Test\r\ncontent-length: \(body.utf8.count)\r\n\(lines)\r\n"
        return write((head + (isHead ? "" : body)).utf8)
    }

    /// Ends the connection the hard way: the other side is told of a reset.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private func readHead() -> [UInt8]? {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if unread.count >= 4 {
                for start in max(0, searched - 3)...(unread.count - 4)
                where unread[start..<(start + 4)].elementsEqual(end) {
                    defer { unread.removeFirst(start + 4) }
                    return Array(unread.prefix(start + 4))
                }
            }
            searched = unread.count
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var space = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &space, space.count, 0)
        guard count > 0 else { return false }
        unread.append(contentsOf: space.prefix(count))
        return true
    }

    private static func parse(_ head: [UInt8]) -> (String, [String: String]) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        return (lines.first ?? "", headers)
    }
}

/// The few calls to the system that servers and proxies of tests need.
package enum LoopbackSocket {
    /// Ports that nobody listened on a moment ago, all different.
    package static func freePorts(_ count: Int) throws -> [Int] {
        let sockets = try (0..<count).map { _ in try listen() }
        defer { for (descriptor, _) in sockets { close(descriptor) } }
        return sockets.map(\.port)
    }

    static func listen() throws -> (CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: 0)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                var length = length
                return bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, 128) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard descriptor >= 0, isBound else { throw ServerFault("no free port: errno \(errno)") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    static func connect(port: Int) -> CInt? {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func muteSignals(_ descriptor: CInt) {
        var on: CInt = 1
        _ = setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// What keeps a test from being run at all.
package struct ServerFault: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
