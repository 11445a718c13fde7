import AnysizeServer
import MetricsTestKit
import NIOCore
import ServiceLifecycle
import Testing

/// Whole servers and raw sockets: what a client sees of the limits.
@Suite("Connection", .timeLimit(.minutes(1)))
struct ConnectionTests {
    private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        change(&limits)
        return limits
    }

    /// Tells "soon" from "never", however busy the machine is. On an idle one what is measured takes milliseconds.
    private static let soon = Duration.seconds(5)

    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    private static func post(_ path: String, length: Int, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(fields)\r\n"
    }

    // MARK: Keep-alive

    @Test("A connection answers one request after the other")
    func keepAlive() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            for _ in 0..<3 {
                try await client.send(Self.get("/hello"))
                let response = await client.response()
                #expect(response?.body == "hello")
                #expect(response?.closes == false)
            }
            try await client.send(Self.post("/echo", length: 3) + "abc")
            #expect(await client.response()?.body == "abc")
            try await client.send(Self.get("/peer"))
            #expect(await client.response()?.body == "127.0.0.1")
            client.close()
        }
    }

    @Test("An error answer to a request that was read to its end keeps the connection")
    func keepAliveAfterError() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.post("/late", length: 3) + "abc")
            let refused = await client.response()
            #expect(refused?.status == 422)
            #expect(refused?.closes == false)
            try await client.send(Self.get("/nowhere"))
            #expect(await client.response()?.status == 404)
            try await client.send(Self.get("/hello"))
            #expect(await client.response()?.status == 200)
        }
    }

    @Test("Pipelined requests are answered in order, however they are cut into packets")
    func pipelining() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            let batch = Self.get("/brief") + Self.post("/echo", length: 3) + "abc" + Self.get("/chunked")
            try await client.send(batch + batch + String(Self.get("/hello").dropLast(10)))
            for _ in 0..<2 {
                #expect(await client.response()?.body == "done")
                #expect(await client.response()?.body == "abc")
                #expect(await client.response()?.body == "6\r\npieces\r\n")
            }
            try await client.send(String(Self.get("/hello").suffix(10)))
            #expect(await client.response()?.body == "hello")
        }
    }

    @Test("A pipelining client is answered what we can hold, then told that it was too much")
    func pipeliningTooMuch() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.heldPartCountMax = 8 }) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/brief") + String(repeating: Self.get("/hello"), count: 100))
            #expect(await client.response()?.body == "done")
            for _ in 0..<4 { #expect(await client.response()?.body == "hello") }
            let last = await client.response()
            #expect(last?.status == 429)
            #expect(last?.closes == true)
            #expect(await client.remainder() == "")
        }
    }

    @Test(
        "A client that wants no keep-alive gets none",
        arguments: [
            "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /hello HTTP/1.0\r\n\r\n",
            "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
            "GET /last HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func close(request: String) async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(request)
            let response = await client.response()
            #expect(response?.status == 200)
            #expect(response?.closes == true)
            #expect(await client.timeToClose() < Self.soon)
        }
    }

    @Test("What follows an offered upgrade is thrown away, not piled up")
    func upgrade() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            let offer = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            try await client.send(Self.get("/gated", offer))
            await server.journal.wait(for: "at the gate")
            async let sent = client.sendZeros(byteCount: 1_000_000_000)
            try await Task.sleep(for: .milliseconds(50))
            server.journal.note("gate open")
            #expect(await client.response()?.body == "done")
            #expect(await sent < 16_000_000)
        }
    }

    @Test("An HTTP/1.0 client never gets chunks")
    func http10() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send("GET /chunked HTTP/1.0\r\n\r\n")
            let all = await client.remainder()
            #expect(all.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(all.hasSuffix("\r\n\r\npieces"))
        }
    }

    @Test("An answer to HEAD has no body and leaves the connection in step", arguments: ["/hello", "/chunked"])
    func head(path: String) async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            for _ in 0..<2 {
                try await client.send("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await client.response(toHead: true)?.status == 200)
            }
            try await client.send(Self.get("/hello"))
            #expect(await client.response()?.body == "hello")
        }
    }

    @Test("A response that fails half-way ends the connection, so that it isn't taken for complete")
    func brokenResponse() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.get("/broken"))
            #expect(await client.response() == nil)
        }
    }

    // MARK: Slow clients

    @Test("A header that comes too slowly is answered 408, and more bytes don't help")
    func slowHeader() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.headerSecondsMax = 0.6 }) { server in
            let client = try await server.connect()
            let start = ContinuousClock.now
            for byte in Self.get("/hello", "X-Long: abcdefghijklmnopqrstuvwxyz\r\n") {
                try? await client.send(String(byte))
                try await Task.sleep(for: .milliseconds(30))
                if client.isClosed { break }
            }
            #expect(ContinuousClock.now - start < Self.soon)
            let all = await client.remainder()
            #expect(all.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(all.contains("application/problem+json"))
            #expect(server.closedCount(.headerTimeout) == 1)
        }
    }

    @Test("A connection that says nothing is closed without a word")
    func silence() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.headerSecondsMax = 0.2 }) { server in
            let start = ContinuousClock.now
            let client = try await server.connect()
            #expect(await client.remainder() == "")
            #expect(ContinuousClock.now - start > .milliseconds(190))
            #expect(server.closedCount(.headerTimeout) == 1)
        }
    }

    @Test("A connection that rests between two requests is closed without a word")
    func idle() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.idleSecondsMax = 0.2 }) { server in
            let client = try await server.connect()
            let start = ContinuousClock.now
            try await client.send(Self.get("/hello"))
            #expect(await client.response()?.status == 200)
            #expect(await client.remainder() == "")
            #expect(ContinuousClock.now - start > .milliseconds(190))
            #expect(server.closedCount(.idle) == 1)
        }
    }

    @Test("The header of a second request has its own time, from its first byte")
    func secondHeader() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.headerSecondsMax = 0.5 }) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/hello"))
            _ = await client.response()
            try await Task.sleep(for: .milliseconds(800))
            try await client.send("GET /hel")
            #expect(await client.response()?.status == 408)
        }
    }

    @Test("A body that comes too slowly is answered 408, and whoever reads it is told")
    func slowBody() async throws {
        let limits = Self.limits {
            $0.bodyGraceSeconds = 0.2
            $0.bodyBytesPerSecondMin = 1_000
        }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect()
            try await client.send(Self.post("/echo", length: 1_000_000))
            let start = ContinuousClock.now
            while !client.isClosed, ContinuousClock.now - start < .seconds(5) {
                try? await client.send("x")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ContinuousClock.now - start < Self.soon)
            let all = await client.remainder()
            #expect(all.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(!all.dropFirst().contains("HTTP/1.1"))
            await server.journal.wait(for: "body failed: bodyTimeout")
            #expect(server.closedCount(.bodySlow) == 1)
        }
    }

    @Test("A body that takes too long is answered 408, however steadily it comes")
    func longBody() async throws {
        let limits = Self.limits {
            $0.bodySecondsMax = 0.3
            $0.bodyBytesPerSecondMin = 1
        }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect()
            try await client.send(Self.post("/echo", length: 1_000_000_000))
            for _ in 0..<20 where !client.isClosed {
                try? await client.send(String(repeating: "x", count: 1000))
                try await Task.sleep(for: .milliseconds(30))
            }
            #expect(await client.remainder().hasPrefix("HTTP/1.1 408 "))
            await server.journal.wait(for: "body failed: bodyTimeout")
            #expect(server.closedCount(.bodyTimeout) == 1)
        }
    }

    @Test("Time in which we don't read is not held against the client")
    func backPressure() async throws {
        let limits = Self.limits {
            // Less than the server's pause of 6 s, and far more than sending takes, on a loaded machine too.
            $0.bodyGraceSeconds = 5
            $0.bodySecondsMax = 5
            $0.bodyBytesPerSecondMin = 1_000_000_000
        }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect()
            let byteCount = 64 * 64 * 1024
            try await client.send(Self.post("/sluggish", length: byteCount))
            #expect(await client.sendZeros(byteCount: byteCount) == byteCount)
            #expect(await client.response()?.body == "\(byteCount)")
        }
    }

    @Test("A client that doesn't take its response is cut off, and whoever writes it is told")
    func slowReader() async throws {
        let limits = Self.limits { $0.writeGraceSeconds = 0.3 }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect(readsNothing: true)
            try await client.send(Self.get("/endless"))
            let time = await server.journal.wait(for: "writing failed")
            #expect(time < Self.soon)
            #expect(server.closedCount(.writeSlow) == 1)
            client.close()
        }
    }

    @Test("A client that takes its response gets all of it")
    func bigResponse() async throws {
        let limits = Self.limits { $0.writeGraceSeconds = 2 }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/big", "Connection: close\r\n"))
            let all = await client.remainder()
            #expect(all.utf8.count > 320 * 64 * 1024)
            #expect(server.closedCount(.writeSlow) == 0)
        }
    }

    // MARK: Early answers

    @Test("An answer before the body is read can be read, and the body is not")
    func earlyAnswer() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.post("/early", length: 1_000_000_000))
            let start = ContinuousClock.now
            async let sent = client.sendZeros(byteCount: 1_000_000_000)
            let response = await client.response()
            #expect(response?.status == 401)
            #expect(response?.body == "no key")
            #expect(response?.closes == true)
            // Ours, and what the two operating system buffers between us hold.
            #expect(await sent < 16_000_000)
            #expect(ContinuousClock.now - start < Self.soon)
        }
    }

    @Test("After an early answer a client that sends nothing more is given its moment, not more")
    func lingering() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.lingerSecondsMax = 0.3 }) { server in
            let client = try await server.connect()
            try await client.send(Self.post("/early", length: 1000))
            #expect(await client.response()?.status == 401)
            // Our side is shut at once; the connection itself goes a moment later.
            #expect(await client.timeToClose() < Self.soon)
            let start = ContinuousClock.now
            while server.count.openCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(ContinuousClock.now - start < Self.soon)
        }
    }

    @Test("A client that waits for 100 Continue gets it when its body is wanted")
    func continueWanted() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.post("/echo", length: 3, "Expect: 100-continue\r\n"))
            #expect(await client.response()?.status == 100)
            try await client.send("abc")
            let response = await client.response()
            #expect(response?.status == 200)
            #expect(response?.body == "abc")
            #expect(response?.closes == false)
        }
    }

    @Test("A client that waits for 100 Continue gets the answer instead when its body isn't wanted")
    func continueUnwanted() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.post("/early", length: 3, "Expect: 100-continue\r\n"))
            let response = await client.response()
            #expect(response?.status == 401)
            #expect(response?.closes == true)
            #expect(await client.remainder() == "")
        }
    }

    @Test("A client that never goes on with its body is not waited for without end")
    func continueIgnored() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.bodySecondsMax = 0.2 }) { server in
            let client = try await server.connect()
            try await client.send(Self.post("/impatient", length: 3, "Expect: 100-continue\r\n"))
            #expect(await client.response()?.status == 408)
            await server.journal.wait(for: "body failed: bodyTimeout")
        }
    }

    // MARK: Clients that leave

    @Test("Work is cancelled when its client leaves", arguments: [false, true])
    func gone(halfClosing: Bool) async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.get("/sleep"))
            await server.journal.wait(for: "asleep")
            if halfClosing { try await client.closeOutput() } else { client.close() }
            #expect(await server.journal.wait(for: "cancelled") < Self.soon)
            #expect(server.closedCount(.clientGone) == 1)
            client.close()
        }
    }

    @Test("A client that closes its side after asking still gets the answers at hand")
    func halfClosed() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.get("/brief") + Self.get("/hello") + Self.get("/big"))
            try await client.closeOutput()
            #expect(await client.response()?.body == "done")
            #expect(await client.response()?.body == "hello")
            #expect(await client.remainder().utf8.count > 320 * 64 * 1024)
        }
    }

    @Test("A body cut short by its client is an error, not an end", arguments: [false, true])
    func bodyCutShort(halfClosing: Bool) async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.post("/echo", length: 10) + "abc")
            if halfClosing { try await client.closeOutput() } else { client.close() }
            await server.journal.wait(for: "body failed: clientGone")
            #expect(server.journal.all == ["body failed: clientGone"])
            client.close()
        }
    }

    // MARK: The server's side

    @Test("One connection too many is answered 503, and let in when another has left")
    func tooMany() async throws {
        try await ConnectionServer.run(limits: Self.limits { $0.connectionCountMax = 1 }) { server in
            let first = try await server.connect()
            try await first.send(Self.get("/hello"))
            #expect(await first.response()?.status == 200)

            let second = try await server.connect()
            try await second.send(Self.get("/hello"))
            let refused = await second.response()
            #expect(refused?.status == 503)
            #expect(refused?.field("retry-after") == "1")
            #expect(refused?.closes == true)
            #expect(await second.remainder() == "")
            #expect(server.metrics.counterTotal(label: "anysize_connections_refused_total") == 1)

            first.close()
            while server.count.openCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            let third = try await server.connect()
            try await third.send(Self.get("/hello"))
            #expect(await third.response()?.status == 200)
            #expect(try server.metrics.expectMeter("anysize_connections_open").lastValue == 1)
        }
    }

    @Test("A connection far too many is closed without a word")
    func farTooMany() async throws {
        let limits = Self.limits {
            $0.connectionCountMax = 0
            $0.refusedCountMax = 0
        }
        try await ConnectionServer.run(limits: limits) { server in
            let client = try await server.connect()
            #expect(await client.remainder() == "")
        }
    }

    @Test("A draining server finishes, says that it closes, and does")
    func draining() async throws {
        try await ConnectionServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.get("/hello"))
            #expect(await client.response()?.closes == false)
            server.draining.begin()
            try await client.send(Self.get("/brief"))
            let response = await client.response()
            #expect(response?.body == "done")
            #expect(response?.closes == true)
            #expect(await client.timeToClose() < Self.soon)
        }
    }

    @Test("A graceful shutdown closes what rests and finishes what is being answered")
    func gracefulShutdown() async throws {
        try await ConnectionServer.run { server in
            let resting = try await server.connect()
            try await resting.send(Self.get("/hello"))
            _ = await resting.response()
            let busy = try await server.connect()
            try await busy.send(Self.get("/gated"))
            await server.journal.wait(for: "at the gate")
            await server.services.triggerGracefulShutdown()
            #expect(await resting.timeToClose() < Self.soon)
            server.journal.note("gate open")
            let response = await busy.response()
            #expect(response?.body == "done")
            #expect(response?.closes == true)
            #expect(await busy.timeToClose() < Self.soon)
        }
    }
}
