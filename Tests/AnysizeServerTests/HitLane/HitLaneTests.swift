import AnysizeCore
import AnysizeServer
import AnysizeTesting
import NIOCore
import Testing

/// The lane on real connections.
@Suite(.timeLimit(.minutes(1))) struct HitLaneTests {
    private let metrics = PrometheusRegistry(descriptions: [:])

    private var answered: Int { metrics.hitLaneAnswers }

    private func serve(
        _ house: ServerHouse, _ test: @Sendable (RawClient) async throws -> Void
    ) async throws {
        try await house.serve(lane: metrics) { port in
            let client = try await RawClient.connect(port: port)
            try await test(client)
            client.close()
        }
    }

    @Test func `A repeated request is answered by the lane`() async throws {
        let house = ServerHouse()
        let bytes = String(buffer: try house.variant("w=100").bytes)
        try await serve(house) { client in
            for expected in [0, 0, 1, 2, 3] {
                let response = try await client.get("/img/cat?w=100")
                #expect(response.status == 200 && response.body == bytes)
                #expect(answered == expected)
            }
            #expect(try await client.get("/img/cat?w=100", method: "HEAD").body == "")
            #expect(answered == 4)
        }
    }

    @Test func `What shows another original is for the router, which looks whether that is still there`() async throws {
        let house = ServerHouse()
        let logo = OriginalID("logo")!
        house.flow.store.put(logo, SampleBytes.jpeg(seed: 9))
        try await serve(house) { client in
            for _ in 0..<4 {
                let response = try await client.get("/img/cat?w=100&overlay=logo")
                #expect(response.status == 200 && answered == 0)
            }
            house.flow.store.drop(logo)
            let response = try await client.get("/img/cat?w=100&overlay=logo")
            #expect(response.status == 410)
        }
    }

    @Test func `What the caller has already is answered by the lane`() async throws {
        let house = ServerHouse()
        let tag = "\"\(try house.key("w=100"))\""
        try await serve(house) { client in
            for expected in [0, 1, 2] {
                let response = try await client.get("/img/cat?w=100", ["If-None-Match: \(tag)"])
                #expect(response.status == 304 && response.body == "" && response.field("etag") == tag)
                #expect(answered == expected)
            }
            #expect(try await client.get("/img/cat?w=100", ["If-None-Match: W/\(tag), \"x\""]).status == 304)
            #expect(answered == 3)
            // Only the header of a 304 is known so far, and that is for those who have it.
            #expect(try await client.get("/img/cat?w=100", ["If-None-Match: \"x\""]).status == 200)
            #expect(try await client.get("/img/cat?w=100").status == 200)
            #expect(try await client.get("/img/cat?w=100").status == 200)
            #expect(answered == 4)
        }
        // Only the bytes that somebody asked for were rendered.
        #expect(house.flow.renderer.counts.rendered == 1)
    }

    @Test func `Neither a replaced nor a deleted original is served`() async throws {
        let house = ServerHouse()
        let new = SampleBytes.jpeg(seed: 77)
        try await serve(house) { client in
            for _ in 0..<4 { _ = try await client.get("/img/cat?w=100") }
            #expect(answered == 2)
            let old = try await client.get("/img/cat?w=100")
            house.flow.store.put(ServerHouse.cat, new)
            let replaced = try await client.get("/img/cat?w=100")
            #expect(replaced.status == 200 && replaced.body != old.body)
            #expect(replaced.field("etag") != old.field("etag"))
            // The old tag is no longer anything that the caller has rightly.
            let tag = try #require(old.field("etag"))
            #expect(try await client.get("/img/cat?w=100", ["If-None-Match: \(tag)"]).status == 200)
            for _ in 0..<3 { #expect(try await client.get("/img/cat?w=100").body == replaced.body) }
            house.flow.store.drop(ServerHouse.cat)
            #expect(try await client.get("/img/cat?w=100").status == 410)
            #expect(try await client.get("/img/cat?w=100", ["If-None-Match: *"]).status == 410)
        }
    }

    @Test func `Accept decides where the format is negotiated`() async throws {
        let house = ServerHouse()
        try await serve(house) { client in
            for _ in 0..<3 {
                for (accept, type) in [
                    ("image/webp", "image/webp"), ("image/avif,image/webp", "image/avif"), ("*/*", "image/jpeg"),
                ] {
                    let response = try await client.get("/img/cat?w=100&format=auto", ["Accept: \(accept)"])
                    #expect(response.field("content-type") == type && response.field("vary") == "Accept")
                }
            }
            #expect(answered == 3)
            _ = try await client.get("/img/cat?w=100&format=auto")
            #expect(answered == 3)
        }
    }

    @Test func `What is evicted is rendered again`() async throws {
        let house = ServerHouse()
        try await serve(house) { client in
            for _ in 0..<3 { _ = try await client.get("/img/cat?w=100") }
            #expect(answered == 1)
            _ = await house.flow.memory?.removeAll(of: OriginalTag(house.cat.digest))
            let response = try await client.get("/img/cat?w=100")
            #expect(response.status == 200 && response.field("cache-status")?.contains("fwd=miss") == true)
            #expect(answered == 1)
        }
        #expect(house.flow.renderer.counts.rendered == 2)
    }

    @Test func `What a tier behind memory gives at once is the lane's, and in memory again`()
        async throws
    {
        let house = ServerHouse()
        let tag = OriginalTag(house.cat.digest)
        await house.flow.disk.store(try house.variant("w=100"), for: try house.key("w=100"))
        house.flow.disk.allowPeeks()
        try await serve(house) { client in
            // The lane has a header to give once the router has answered from that tier.
            for (source, expected) in [("disk", 0), ("memory", 0), ("memory", 1)] {
                #expect(
                    try await client.get("/img/cat?w=100").field("cache-status") == "Anysize; hit; detail=\(source)")
                #expect(answered == expected)
            }
            for expected in [2, 4] {
                _ = await house.flow.memory?.removeAll(of: tag)
                for (source, count) in [("disk", expected), ("memory", expected + 1)] {
                    let response = try await client.get("/img/cat?w=100")
                    #expect(response.field("cache-status") == "Anysize; hit; detail=\(source)")
                    #expect(response.body == String(buffer: try house.variant("w=100").bytes))
                    #expect(answered == count)
                }
            }
            _ = await house.flow.memory?.removeAll(of: tag)
            house.flow.store.drop(ServerHouse.cat)
            #expect(try await client.get("/img/cat?w=100").status == 410)
        }
        #expect(house.flow.memory?.usage.variantCount == 0)
    }

    @Test func `Private variants are never the lane's`() async throws {
        let house = ServerHouse(keys: [APIKey(name: "a", scopes: [.read], secret: "right")])
        try await serve(house) { client in
            for _ in 0..<4 {
                let response = try await client.get("/img/cat?w=100&metadata=keep", ["Authorization: Bearer right"])
                #expect(response.status == 200)
            }
            #expect(try await client.get("/img/cat?w=100&metadata=keep").status == 401)
            #expect(answered == 0)
        }
    }

    @Test func `Pipelined requests are answered in order, hits among them`() async throws {
        let house = ServerHouse()
        try await serve(house) { client in
            for width in [100, 101] {
                for _ in 0..<2 { _ = try await client.get("/img/cat?w=\(width)") }
            }
            // Hits, a miss between them, and others that the lane doesn't know.
            let widths = [100, 101, 100, 102, 101, 100, 103, 103, 100]
            try await client.send(
                widths.map { "GET /img/cat?w=\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
                    + "HEAD /img/dog HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for width in widths {
                let response = try #require(await client.response())
                #expect(response.field("etag") == "\"\(try house.key("w=\(width)"))\"")
            }
            #expect(await client.response(toHead: true)?.status == 404)
            #expect(answered >= 6)
        }
    }

    @Test func `A client that doesn't read what it asks for is waited for`() async throws {
        let house = ServerHouse()
        try await house.serve(lane: metrics) { port in
            let warm = try await RawClient.connect(port: port)
            for _ in 0..<3 { _ = try await warm.get("/img/cat?w=100") }
            let client = try await RawClient.connect(port: port, readsNothing: true)
            let request = "GET /img/cat?w=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            // Far more than the buffers of both sides hold.
            for _ in 0..<20 { try? await client.send(String(repeating: request, count: 2000)) }
            // Until the system's buffers are full.
            var before = -1
            while before != answered {
                before = answered
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(before < 30_000)
            // Others are served meanwhile.
            #expect(try await warm.get("/img/cat?w=100").status == 200)
            client.close()
            warm.close()
        }
    }

    @Test func `A request that comes in pieces is answered like a whole one, and so are those after it`() async throws {
        let house = ServerHouse()
        let request = "GET /img/cat?w=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try await serve(house) { client in
            for _ in 0..<2 { _ = try await client.get("/img/cat?w=100") }
        }
        for count in [1, 3, 5, 20, request.utf8.count - 3, request.utf8.count - 1] {
            try await serve(house) { client in
                #expect(try await client.get("/img/cat?w=100").status == 200)
                try await client.send(String(decoding: request.utf8.prefix(count), as: UTF8.self))
                try await Task.sleep(for: .milliseconds(20))
                try await client.send(String(decoding: request.utf8.dropFirst(count), as: UTF8.self))
                let first = try #require(await client.response())
                let second = try await client.get("/img/cat?w=100")
                #expect(first.status == 200 && second.status == 200 && first.body == second.body)
                #expect(try await client.get("/img/dog").status == 404)
            }
        }
        // Each server has a lane of its own, which learns from the first answer.
        #expect(answered == 12)
    }

    @Test func `What looks like a request inside a body isn't answered`() async throws {
        let house = ServerHouse()
        let hidden = "GET /img/cat?w=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try await serve(house) { client in
            for _ in 0..<3 { _ = try await client.get("/img/cat?w=100") }
            #expect(answered == 1)
            let head = "GET /img/cat?w=100 HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n"
            try await client.send(head + hidden)
            #expect(await client.response()?.status == 200)
            #expect(answered == 1)
            #expect(try await client.get("/img/dog").status == 404)
            #expect(try await client.get("/img/cat?w=100").status == 200)
            #expect(answered == 2)
        }
    }

    @Test func `A request that ends its connection, or comes while it drains, is the router's`() async throws {
        let house = ServerHouse()
        try await serve(house) { client in
            for _ in 0..<3 { _ = try await client.get("/img/cat?w=100") }
            #expect(answered == 1)
            let response = try await client.get("/img/cat?w=100", ["Connection: close"])
            #expect(response.closes && response.status == 200)
            #expect(answered == 1)
        }
    }
}

extension RawClient {
    /// Sends one request and waits for its response.
    func get(_ target: String, _ fields: [String] = [], method: String = "GET") async throws -> Response {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return try #require(await response(toHead: method == "HEAD"))
    }
}

extension PrometheusRegistry {
    /// Answers that the lane has given which counts here.
    var hitLaneAnswers: Int {
        render().split(separator: "\n").first { $0.hasPrefix("anysize_hit_lane_total ") }
            .flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    }
}
