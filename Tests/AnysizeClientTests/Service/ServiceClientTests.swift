import AnysizeClient
import AnysizeCore
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceClientTests {
    private func client<Value: Sendable>(
        _ server: ScriptedServer, secret: String? = nil, _ body: (ServiceClient) async throws -> Value
    ) async throws -> Value {
        let base = try #require(ServiceURL("http://127.0.0.1:\(server.port)"))
        return try await ServiceClient.with(base, secret: secret, connectionCount: 4) { try await body($0) }
    }

    @Test func `overload, faults and lost connections are tried again until there is an answer`() async throws {
        let script: [ScriptedServer.Deed] = [
            .answer(503, ["Retry-After": "0"]), .hangUp, .answer(502), .answer(500), .answer(201, body: "{}"),
        ]
        try await ScriptedServer.with { number, _ in
            script[number]
        } _: { server in
            let bytes = ByteBuffer(string: "picture")
            let answer = try await client(server, secret: "s3cret") { client in
                try await client.sendPatiently(
                    .POST, "/img", contact: Contact(), patienceSeconds: 20,
                    body: { () async throws(DeliveryError) in .whole(bytes) })
            }
            #expect(answer.status == 201)
            #expect(server.requests.count == 5)
            for request in server.requests {
                #expect(request.body == Array("picture".utf8))
                #expect(request.headers["Authorization"] == ["Bearer s3cret"])
            }
        }
    }

    @Test func `a wait is as long as Retry-After says`() async throws {
        try await ScriptedServer.with { number, _ in
            number == 0 ? .answer(503, ["Retry-After": "1"]) : .answer(200)
        } _: {
            server in
            let started = ContinuousClock.now
            let answer = try await client(server) { try await $0.fetch("/img", patienceSeconds: 20) }
            #expect(answer.status == 200)
            #expect(ContinuousClock.now - started >= .seconds(1))
        }
    }

    @Test(arguments: [400, 401, 403, 404, 413, 415, 422, 507]) func `an answer that stands isn't asked for again`(
        status: Int
    ) async throws {
        try await ScriptedServer.with { _, _ in
            .answer(status)
        } _: { server in
            let answer = try await client(server) { try await $0.fetch("/img", patienceSeconds: 20) }
            #expect(answer.status == status)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `redirects aren't followed, least of all with a key`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(302, ["Location": "http://127.0.0.1:9/"])
        } _: { server in
            let answer = try await client(server) { try await $0.fetch("/img", patienceSeconds: 5) }
            #expect(answer.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `overload that outlasts patience is the answer in the end`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(503, ["Retry-After": "60"])
        } _: { server in
            let answer = try await client(server) { try await $0.fetch("/img", patienceSeconds: 5) }
            #expect(answer.status == 503)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a service that isn't there is told as such`() async throws {
        let port = try await ScriptedServer.with { _, _ in
            .hangUp
        } _: {
            $0.port
        }
        let base = try #require(ServiceURL("http://127.0.0.1:\(port)"))
        let error = await #expect(throws: DeliveryError.self) {
            try await ServiceClient.with(base, secret: nil, connectionCount: 1) {
                try await $0.fetch("/img", patienceSeconds: 1.5)
            }
        }
        guard case .unreachable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a large file is streamed, and arrives whole at each attempt`() async throws {
        let scratch = try Scratch()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try scratch.write("large", bytes)
        try await ScriptedServer.with { number, _ in
            number == 0 ? .answer(500) : .answer(201)
        } _: { server in
            let file = try SourceFile(scratch.path, TreePath(bytes: Array("large".utf8)))
            let bodies = Bodies()
            let answer = try await client(server) { client in
                try await client.sendPatiently(
                    .PUT, "/img/large", contact: Contact(), patienceSeconds: 20,
                    body: { () async throws(DeliveryError) in .streamed(bodies.add(file), byteCount: bytes.count) })
            }
            #expect(answer.status == 201 && server.requests.count == 2)
            for request in server.requests {
                #expect(request.body == bytes)
                #expect(request.headers["Content-Length"] == ["\(bytes.count)"])
            }
            #expect(bodies.last?.digest == Digest(of: ByteBuffer(bytes: bytes)))
        }
    }

    @Test func `of a file that changes under way no whole request is ever sent`() async throws {
        let scratch = try Scratch()
        let bytes = [UInt8](repeating: 7, count: 3_000_000)
        let path = try scratch.write("large", bytes)
        try await ScriptedServer.with { _, _ in
            .answer(201)
        } _: { server in
            let file = try SourceFile(scratch.path, TreePath(bytes: Array("large".utf8)))
            // As if it were written to right after it was opened: same length, in place.
            let handle = try FileHandle(forUpdating: URL(filePath: path))
            try handle.write(contentsOf: Data([8]))
            try handle.close()
            let error = await #expect(throws: DeliveryError.self) {
                try await client(server) { client in
                    try await client.sendPatiently(
                        .POST, "/img", contact: Contact(), patienceSeconds: 20,
                        body: { () async throws(DeliveryError) in .streamed(FileBody(file), byteCount: bytes.count) })
                }
            }
            #expect(error == .unreadable(.changed))
            #expect(server.requests.count <= 1 && !server.requests.contains { $0.isWhole })
        }
    }

    @Test func `a wait ends at once when it is cancelled`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(503, ["Retry-After": "50"])
        } _: { server in
            let base = try #require(ServiceURL("http://127.0.0.1:\(server.port)"))
            let started = ContinuousClock.now
            let error = await withTaskGroup(of: DeliveryError?.self) { group in
                group.addTask {
                    do throws(DeliveryError) {
                        _ = try await ServiceClient.with(base, secret: nil, connectionCount: 1) {
                            (client) async throws(DeliveryError) in try await client.fetch("/img", patienceSeconds: 300)
                        }
                        return nil
                    } catch { return error }
                }
                while server.requests.isEmpty { try? await Task.sleep(for: .milliseconds(5)) }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(error == .cancelled)
            #expect(ContinuousClock.now - started < .seconds(20))
        }
    }
}

/// The bodies of one request's attempts.
private final class Bodies {
    private(set) var last: FileBody?

    func add(_ file: SourceFile) -> FileBody {
        let body = FileBody(file)
        last = body
        return body
    }
}
