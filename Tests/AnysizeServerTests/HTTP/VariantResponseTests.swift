import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct VariantResponseTests {
    // MARK: - Headers

    @Test func `A variant comes with everything that is promised of it`() async throws {
        let house = ServerHouse()
        let response = try await house.send("GET /img/cat?w=100&format=webp")
        let variant = try house.variant("w=100&format=webp")
        #expect(response.status == .ok)
        #expect(response.body == variant.bytes)
        let headers = response.headers
        #expect(headers["Content-Type"] == "image/webp")
        #expect(headers["Content-Length"] == "\(variant.byteCount)")
        #expect(headers["ETag"] == "\"\(try house.key("w=100&format=webp"))\"")
        #expect(headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=600")
        #expect(headers["Accept-Ranges"] == "bytes")
        #expect(headers["X-Content-Type-Options"] == "nosniff")
        #expect(headers["Content-Security-Policy"] == "default-src 'none'; sandbox")
        #expect(headers["Content-Disposition"] == "inline; filename=\"cat.webp\"")
        #expect(headers["Cross-Origin-Resource-Policy"] == "cross-origin")
        #expect(headers["Access-Control-Allow-Origin"] == "*")
        #expect(headers["Timing-Allow-Origin"] == "*")
        #expect(headers["Cache-Status"] == "Anysize; fwd=miss; stored; detail=render-original")
        #expect(headers["Vary"] == nil)
    }

    @Test(arguments: [
        ("format=jpeg", "image/jpeg", "jpg"), ("format=png", "image/png", "png"), ("format=webp", "image/webp", "webp"),
        ("format=avif", "image/avif", "avif"), ("format=gif", "image/gif", "gif"), ("w=10", "image/jpeg", "jpg"),
    ])
    func `Each format has its type and its name`(query: String, type: String, suffix: String) async throws {
        let response = try await ServerHouse().send("GET /img/cat?\(query)")
        #expect(response.headers["Content-Type"] == type)
        #expect(response.headers["Content-Disposition"] == "inline; filename=\"cat.\(suffix)\"")
    }

    @Test func `An overlay that isn't there is a problem of its own`() async throws {
        let house = ServerHouse()
        try checkProblem(
            try await house.send("GET /img/cat?w=100&overlay=nobody"), 404, "unknown-overlay", parameter: "overlay")
        try checkProblem(
            try await house.send("GET /img/cat?w=100&mark=gone"), 410, "deleted-overlay", parameter: "overlay")
        #expect(try await house.send("GET /img/cat?w=100&overlay=cat").status == .ok)
    }

    @Test func `A render tells its steps, a hit that there were none`() async throws {
        let house = ServerHouse()
        let render = try #require(try await house.send("GET /img/cat?w=100").headers["Server-Timing"])
        #expect(
            steps(of: render) == ["queue", "load", "decode", "resize", "encode", "store", "total"], "\(render)"
        )
        #expect(render.contains("decode;dur=1.000;desc=\"header\", resize;dur=2.000"))
        #expect(render.contains("encode;dur=3.000"))
        let hit = try #require(try await house.send("GET /img/cat?w=100").headers["Server-Timing"])
        #expect(steps(of: hit) == ["total"])
    }

    @Test func `Cache-Status names the tier, the render, or the render that was joined`() async throws {
        let house = ServerHouse()
        house.flow.renderer.hold()
        let callers = (0..<3).map { _ in Task { try await house.send("GET /img/cat?w=100") } }
        await eventually { house.flow.variants.flights.counts.waiters == 3 }
        house.flow.renderer.release()
        var statuses: [String: Int] = [:]
        for caller in callers { statuses[try await caller.value.headers["Cache-Status"] ?? "", default: 0] += 1 }
        #expect(
            statuses == [
                "Anysize; fwd=miss; stored; detail=render-original": 1,
                "Anysize; fwd=miss; collapsed; detail=render-original": 2,
            ])
        let hit = try await house.send("GET /img/cat?w=100")
        #expect(hit.headers["Cache-Status"] == "Anysize; hit; detail=memory")

        await house.flow.disk.store(try house.variant("w=50"), for: try house.key("w=50"))
        let slow = try await house.send("GET /img/cat?w=50")
        #expect(slow.headers["Cache-Status"] == "Anysize; hit; detail=disk")
    }

    @Test func `What can't change is kept for a year, what can for a while`() async throws {
        let house = ServerHouse()
        let content = OriginalID(contentOf: house.cat.digest)
        house.flow.store.put(content, ServerHouse.catBytes)
        let forever = "public, max-age=31536000, immutable"
        let briefly = "public, max-age=300, stale-while-revalidate=600"
        for (request, expected) in [
            ("GET /img/\(content)?w=100", forever),
            ("GET /img/cat?w=100&v=\(house.cat.digest.description.prefix(16))", forever),
            ("GET /img/cat?w=100&v=0123456789abcdef", briefly),
            ("GET /img/cat?w=100", briefly),
        ] {
            let response = try await house.send(request)
            #expect(response.headers["Cache-Control"] == expected, "\(request)")
            let tag = try #require(response.headers["ETag"])
            let again = try await house.send(request, ["If-None-Match": tag])
            #expect(again.status == .notModified)
            #expect(again.headers["Cache-Control"] == expected, "the same for a 304")
        }
    }

    @Test(arguments: ["GET", "HEAD"]) func `Without a recipe it is the whole picture`(method: String) async throws {
        let house = ServerHouse()
        let response = try await house.send("\(method) /img/cat")
        #expect(response.status == .ok)
        #expect(response.headers["ETag"] == "\"\(try house.key(""))\"")
    }

    @Test func `HEAD is GET without the body`() async throws {
        let house = ServerHouse()
        for request in ["/img/cat?w=100", "/img/cat?w=100&format=auto", "/img/cat/info", "/img/cat/original", "/img"] {
            let get = try await house.send("GET \(request)")
            let head = try await house.send("HEAD \(request)")
            #expect(head.status == get.status)
            #expect(head.body.readableBytes == 0)
            #expect(head.headers["Content-Length"] == "\(get.body.readableBytes)")
            for name in ["Content-Type", "ETag", "Cache-Control", "Vary", "Last-Modified", "Accept-Ranges"] {
                #expect(head.headers[name] == get.headers[name], "\(name) of \(request)")
            }
        }
        let get = try await house.send("GET /img/dog")
        let head = try await house.send("HEAD /img/dog")
        #expect(head.status == .notFound)
        #expect(head.body.readableBytes == 0)
        #expect(head.headers["Content-Type"] == get.headers["Content-Type"])
    }

    // MARK: - Negotiation

    @Test(arguments: [
        ("image/avif,image/webp,image/png,*/*;q=0.8", "image/avif"), ("image/webp,*/*", "image/webp"),
        ("*/*", "image/jpeg"), ("image/*", "image/jpeg"), ("image/avif;q=0,image/webp", "image/webp"),
        ("IMAGE/AVIF", "image/avif"), ("", "image/jpeg"),
    ])
    func `Accept decides where the caller leaves the format open`(accept: String, type: String) async throws {
        for query in ["format=auto", "auto=format", "auto=format,compress", "fm=auto"] {
            let response = try await ServerHouse().send("GET /img/cat?w=100&\(query)", ["Accept": accept])
            #expect(response.headers["Content-Type"] == type)
            #expect(response.headers["Vary"] == "Accept")
        }
    }

    @Test func `Accept decides nothing else`() async throws {
        let response = try await ServerHouse().send("GET /img/cat?w=100", ["Accept": "image/avif"])
        #expect(response.headers["Content-Type"] == "image/jpeg")
        #expect(response.headers["Vary"] == nil)
    }

    @Test func `Everything a negotiable URL answers varies, errors and 304 too`() async throws {
        let house = ServerHouse()
        func check(_ status: Int, _ request: String, _ headers: [String: String] = [:]) async throws {
            let response = try await house.send(request, headers)
            #expect(response.status.code == status, "\(request)")
            #expect(response.headers["Vary"] == "Accept", "\(status) for \(request)")
        }
        try await check(200, "GET /img/cat?w=100&format=auto")
        try await check(200, "HEAD /img/cat?w=100&format=auto")
        try await check(304, "GET /img/cat?w=100&format=auto", ["If-None-Match": "*"])
        try await check(206, "GET /img/cat?w=100&format=auto", ["Range": "bytes=0-1"])
        try await check(416, "GET /img/cat?w=100&format=auto", ["Range": "bytes=99999-"])
        try await check(404, "GET /img/dog?format=auto")
        try await check(404, "HEAD /img/dog?auto=format")
        try await check(410, "GET /img/gone?format=auto")
        try await check(400, "GET /img/cat?w=0&format=auto")
        try await check(400, "GET /img/cat?crop=500,0,1,1&format=auto")
        house.flow.renderer.fail(with: .deadlinePassed)
        try await check(504, "GET /img/cat?w=50&format=auto")
        house.flow.store.fail(.find, with: .unavailable(detail: "down"))
        try await check(502, "GET /img/cat?w=50&format=auto")
    }

    // MARK: - What the caller has already

    @Test func `A variant that is known is not sent, and not even looked for`() async throws {
        let house = ServerHouse()
        let key = try house.key("w=100")
        let other = "\"\(try house.key("w=50"))\""
        for condition in [
            "\"\(key)\"", "W/\"\(key)\"", "*", "\(other), \"\(key)\"", "\(other),W/\"\(key)\" , \"x\"",
        ] {
            let response = try await house.send("GET /img/cat?w=100", ["If-None-Match": condition])
            #expect(response.status == .notModified, "\(condition)")
            #expect(response.body.readableBytes == 0)
            #expect(response.headers["ETag"] == "\"\(key)\"")
            #expect(response.headers["Last-Modified"] != nil)
            #expect(response.headers["Access-Control-Allow-Origin"] == "*")
            #expect(response.headers["Content-Type"] == nil)
            #expect(response.headers["Content-Length"] == nil)
        }
        #expect(house.flow.renderer.counts.rendered == 0)
        #expect(house.flow.disk.count(of: .find) == 0)
    }

    @Test func `What isn't that variant's tag counts for nothing`() async throws {
        let house = ServerHouse()
        let key = try house.key("w=100")
        let other = "\"\(try house.key("w=50"))\""
        for condition in [other, "W/\(other)", "\(key)", "\"\(key)", "", "nonsense", "\"\(key)x\"", "W/*"] {
            let response = try await house.send("GET /img/cat?w=100", ["If-None-Match": condition])
            #expect(response.status == .ok, "\(condition)")
        }
    }

    @Test func `A condition doesn't bring back what is gone`() async throws {
        let house = ServerHouse()
        try checkProblem(try await house.send("GET /img/gone", ["If-None-Match": "*"]), 410, "deleted-original")
        try checkProblem(try await house.send("GET /img/dog", ["If-None-Match": "*"]), 404, "unknown-original")
    }

    // MARK: - Parts

    @Test func `A part of a variant is exactly that part`() async throws {
        let house = ServerHouse()
        let whole = try house.variant("w=100").bytes
        let count = whole.readableBytes
        for (range, expected) in [
            ("bytes=0-0", 0..<1), ("bytes=0-9", 0..<10), ("bytes=10-", 10..<count), ("bytes=-5", count - 5..<count),
            ("bytes=5-999999", 5..<count), ("bytes=-999999", 0..<count), ("bytes=\(count - 1)-", count - 1..<count),
        ] {
            let response = try await house.send("GET /img/cat?w=100", ["Range": range])
            #expect(response.status == .partialContent, "\(range)")
            #expect(response.body == whole.getSlice(at: expected.lowerBound, length: expected.count))
            #expect(
                response.headers["Content-Range"]
                    == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/\(count)"
            )
            #expect(response.headers["Content-Length"] == "\(expected.count)")
            #expect(response.headers["Content-Type"] == "image/jpeg")
            #expect(response.headers["ETag"] == "\"\(try house.key("w=100"))\"")
        }
    }

    @Test func `A part that doesn't exist is refused with the length there is`() async throws {
        let house = ServerHouse()
        let count = try house.variant("w=100").byteCount
        for range in ["bytes=\(count)-", "bytes=999999-1000000", "bytes=-0"] {
            let response = try await house.send("GET /img/cat?w=100", ["Range": range])
            #expect(response.status == .rangeNotSatisfiable, "\(range)")
            #expect(response.headers["Content-Range"] == "bytes */\(count)")
            #expect(response.headers["Accept-Ranges"] == "bytes")
            try checkProblem(response, 416, "range-not-satisfiable", parameter: "Range")
        }
    }

    @Test(arguments: ["bytes=0-1,3-4", "bytes=5-2", "bytes=", "bytes=-", "bytes=a-b", "items=0-1", "0-1", "bytes=+1-2"])
    func `A range that isn't one part is answered with the whole`(range: String) async throws {
        let house = ServerHouse()
        let response = try await house.send("GET /img/cat?w=100", ["Range": range])
        #expect(response.status == .ok)
        #expect(response.body == (try house.variant("w=100").bytes))
        #expect(response.headers["Content-Range"] == nil)
    }

    @Test func `A range goes with GET and with the very variant the caller has a part of`() async throws {
        let house = ServerHouse()
        let tag = "\"\(try house.key("w=100"))\""
        for (condition, status) in [
            (tag, 206), ("W/\(tag)", 200), ("\"other\"", 200), ("Tue, 14 Nov 2023 22:13:20 GMT", 200),
        ] {
            let response = try await house.send(
                "GET /img/cat?w=100", ["Range": "bytes=0-1", "If-Range": condition])
            #expect(response.status.code == status, "\(condition)")
        }
        #expect(try await house.send("HEAD /img/cat?w=100", ["Range": "bytes=0-1"]).status == .ok)
        let known = try await house.send("GET /img/cat?w=100", ["Range": "bytes=0-1", "If-None-Match": tag])
        #expect(known.status == .notModified, "what is known comes before what is asked for")
    }

    private func steps(of timing: String) -> [String] {
        timing.split(separator: ",").map { metric in
            String(metric.drop { $0 == " " }.prefix { $0 != ";" })
        }
    }
}
