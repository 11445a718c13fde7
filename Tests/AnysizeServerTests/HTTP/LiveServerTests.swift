import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// What only shows on a real connection: framing, bodies that are waited for, clients that leave.
@Suite(.timeLimit(.minutes(1))) struct LiveServerTests {
    @Test func `Answers without a body leave the connection in step`() async throws {
        let house = ServerHouse()
        let tag = "\"\(try house.key("w=100"))\""
        try await house.serve { port in
            let client = try await RawClient.connect(port: port)
            for (request, headers, status) in [
                ("HEAD /img/cat?w=100", "", 200), ("GET /img/cat?w=100", "If-None-Match: \(tag)\r\n", 304),
                ("GET /img/cat?w=100", "Range: bytes=9999999-\r\n", 416), ("OPTIONS /img", "", 204),
                ("HEAD /img/dog", "", 404), ("GET /img/dog", "", 404), ("GET /img/cat?w=100", "", 200),
            ] {
                try await client.send("\(request) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
                let response = try #require(await client.response(toHead: request.hasPrefix("HEAD")))
                #expect(response.status == status, "\(request)")
                #expect(!response.closes)
                #expect(response.field("server") == nil || response.field("server") == "Anysize")
                if status == 304 || status == 204 { #expect(response.field("transfer-encoding") == nil) }
            }
            client.close()
        }
    }

    @Test func `The absolute form means the same`() async throws {
        let house = ServerHouse()
        try await house.serve { port in
            let client = try await RawClient.connect(port: port)
            try await client.send("GET http://example.com/img/cat?w=100 HTTP/1.1\r\nHost: example.com\r\n\r\n")
            #expect(await client.response()?.status == 200)
            client.close()
        }
    }

    @Test func `An upload that is refused is refused before its body is sent`() async throws {
        let house = ServerHouse(keys: [APIKey(name: "a", scopes: [.upload], secret: "right")])
        try await house.serve { port in
            for (headers, status) in [
                ("", 401), ("Authorization: Bearer right\r\nIf-None-Match: *\r\n", 412),
                ("Authorization: Bearer right\r\nContent-Encoding: gzip\r\n", 415),
            ] {
                let client = try await RawClient.connect(port: port)
                try await client.send(
                    "PUT /img/cat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\(headers)\r\n"
                )
                #expect(await client.response()?.status == status)
                client.close()
            }
        }
        #expect(house.flow.store.count(of: .stage) == 0)
    }

    @Test func `An upload that is taken is asked for its body`() async throws {
        let house = ServerHouse()
        try await house.serve { port in
            let client = try await RawClient.connect(port: port)
            // A GIF's first bytes are text, and the fake asks for no more.
            try await client.send(
                "POST /img HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
            #expect(await client.response()?.status == 100)
            try await client.send("6\r\nGIF89a\r\n0\r\n\r\n")
            #expect(await client.response()?.status == 201)
            client.close()
        }
    }

    @Test func `A client that leaves takes its render along`() async throws {
        let house = ServerHouse()
        house.flow.renderer.hold()
        try await house.serve { port in
            let client = try await RawClient.connect(port: port)
            try await client.send("GET /img/cat?w=100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await eventually { house.flow.renderer.counts.held == 1 }
            client.close()
            await eventually { house.flow.renderer.counts.cancelled == 1 }
        }
        #expect(house.flow.variants.flights.counts == (0, 0))
    }

    @Test func `A client that leaves in the middle of an upload leaves nothing behind`() async throws {
        let house = ServerHouse()
        try await house.serve { port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST /img HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nGIF89a")
            await eventually { house.flow.store.stagedCount == 1 }
            client.close()
            await eventually { house.flow.store.stagedCount == 0 }
        }
        #expect(house.flow.renderer.counts.examined == 0)
    }

    @Test func `A client of another kind gets the same`() async throws {
        let house = ServerHouse()
        try await house.app.test(.live) { client in
            let response = try await client.execute(uri: "/img/cat?w=100", method: .get)
            #expect(response.status == .ok)
            #expect(response.body == (try house.variant("w=100").bytes))
            let uploaded = try await client.execute(uri: "/img", method: .post, body: SampleBytes.jpeg(60_000, seed: 3))
            #expect(uploaded.status == .created)
        }
    }
}
