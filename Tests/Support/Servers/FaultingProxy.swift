import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What can go wrong between a client and a server.
package enum NetworkFault: Hashable, Sendable {
    /// The server never hears of the request; this is the answer, with an error's code where there is one.
    case answer(Int, code: String?)
    /// The connection ends before anything is read of the request that matters.
    case reset
    /// The server gets so many bytes of the body, then nothing more, and the client is cut off.
    case cutUpload(Int)
    /// The server does what is asked, but nobody hears of it.
    case loseAnswer
    /// So many bytes of the answer's body arrive.
    case cutDownload(Int)
    /// A bit of the body is another one when it arrives at the server.
    case flipUpload(at: Int)
    /// A bit of the answer's body is another one.
    case flipDownload(at: Int)
    /// Nothing comes back, and the connection stays open.
    case stall
    /// The answer comes late, by so many seconds.
    case delay(Double)
}

/// Stands between a client and a real server on this machine, and lets a test choose what goes wrong.
package final class FaultingProxy: Sendable {
    private let plan: Plan
    private let server: LoopbackServer

    package var port: Int { server.port }
    /// Every request that has arrived here.
    package var requests: [RawRequest] { server.requests }

    private final class Plan: Sendable {
        let choose = Mutex<@Sendable (RawRequest) -> NetworkFault?>({ _ in nil })
    }

    package init(to serverPort: Int) throws {
        let plan = Plan()
        self.plan = plan
        server = try LoopbackServer { connection, request in
            let choose = plan.choose.withLock { $0 }
            return Forwarding(connection, request, to: serverPort).run(with: choose(request))
        }
    }

    deinit { server.stop() }

    /// From now on, this fault for each request that the closure gives one for.
    package func fail(_ choose: @escaping @Sendable (RawRequest) -> NetworkFault?) {
        plan.choose.withLock { $0 = choose }
    }

    /// From now on, this fault for so many of the requests of a method, then none.
    package func fail(_ fault: NetworkFault, _ method: String? = nil, times: Int = .max) {
        let left = Counter(times)
        fail { request in
            guard method == nil || request.method == method, left.takes() else { return nil }
            return fault
        }
    }

    package func heal() { fail { _ in nil } }

    package func stop() { server.stop() }

    private final class Counter: Sendable {
        private let left: Mutex<Int>
        init(_ count: Int) { left = Mutex(count) }
        func takes() -> Bool {
            left.withLock { left in
                guard left > 0 else { return false }
                left -= 1
                return true
            }
        }
    }
}

/// One request on its way through.
private struct Forwarding {
    let connection: LoopbackConnection
    let request: RawRequest
    let serverPort: Int

    init(_ connection: LoopbackConnection, _ request: RawRequest, to serverPort: Int) {
        self.connection = connection
        self.request = request
        self.serverPort = serverPort
    }

    /// - Returns: whether the connection goes on.
    func run(with fault: NetworkFault?) -> Bool {
        switch fault {
        case .answer(let status, let code):
            let body = code.map { "<?xml version=\"1.0\"?><Error><Code>\($0)</Code><Message>m</Message></Error>" } ?? ""
            return connection.answer(status, [:], body, isHead: request.method == "HEAD")
        case .reset:
            connection.reset()
            return false
        case .stall:
            // Until the client gives up, or the test ends.
            _ = connection.read(.max)
            return false
        default: break
        }
        guard let descriptor = LoopbackSocket.connect(port: serverPort) else { return false }
        defer { close(descriptor) }
        let server = LoopbackConnection(descriptor)
        var body = request.body
        if case .flipUpload(let position) = fault, body.indices.contains(position) { body[position] ^= 0x10 }
        server.write(request.head)
        if case .cutUpload(let count) = fault {
            server.write(body.prefix(count))
            connection.reset()
            return false
        }
        guard server.write(body), let answer = server.readAnswerHead() else { return false }
        return pass(answer.head, answer.status, answer.headers, from: server, fault)
    }

    private func pass(
        _ head: [UInt8], _ status: Int, _ headers: [String: String], from server: LoopbackConnection,
        _ fault: NetworkFault?
    ) -> Bool {
        let hasBody = request.method != "HEAD" && status != 204 && status != 304
        // The servers behind these proxies say how long their answers are.
        guard var body = server.read(hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0) else {
            return false
        }
        switch fault {
        case .loseAnswer:
            connection.reset()
            return false
        case .cutDownload(let count) where !body.isEmpty:
            connection.write(head)
            connection.write(body.prefix(count))
            return false
        case .flipDownload(let position) where body.indices.contains(position): body[position] ^= 0x10
        case .delay(let seconds): Thread.sleep(forTimeInterval: seconds)
        default: break
        }
        return connection.write(head) && connection.write(body)
    }
}
