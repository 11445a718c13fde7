import AnysizeCore
import AnysizeTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import AnysizeServer

@Suite struct HitTableTests {
    private func request(_ target: String, accept: String? = nil) throws -> HitRequest {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: ["host": "localhost"])
        if let accept { head.headers.add(name: "accept", value: accept) }
        return try #require(HitRequest(head, RequestHead(head)))
    }

    private func hit(accept: String? = nil) async throws -> KnownHit {
        let flow = TestFlow()
        let id = try #require(OriginalID("cat"))
        flow.store.put(id, SampleBytes.jpeg())
        let resolved = try await flow.variants.resolve(id, Recipe(query: "w=100"), accepting: [])
        return KnownHit(accept: accept, resolved: resolved, whole: nil, notModified: nil)
    }

    @Test func aTargetIsKnownByItsVeryBytes() async throws {
        var table = HitTable(byteCountMax: 1_000_000)
        let known = try await hit()
        table.put(known, for: try request("/img/cat?w=100"), isNegotiated: false)
        #expect(table.find(try request("/img/cat?w=100")) === known)
        #expect(table.find(try request("/img/cat?w=100", accept: "image/webp")) === known)
        for other in ["/img/cat?w=100&", "/img/cat?w=101", "/img/Cat?w=100", "/img/cat?width=100"] {
            #expect(table.find(try request(other)) == nil)
        }
    }

    @Test func whatIsNegotiatedIsKnownByItsAcceptToo() async throws {
        var table = HitTable(byteCountMax: 1_000_000)
        let accepts: [String?] = [nil, "image/webp", "image/avif,image/webp", ""]
        var hits: [KnownHit] = []
        for accept in accepts {
            hits.append(try await hit(accept: accept))
            table.put(
                hits[hits.count - 1], for: try request("/img/cat?format=auto", accept: accept), isNegotiated: true)
        }
        for (accept, known) in zip(accepts, hits) {
            #expect(table.find(try request("/img/cat?format=auto", accept: accept)) === known)
        }
        #expect(table.find(try request("/img/cat?format=auto", accept: "image/webp ")) == nil)
        #expect(table.count == 1)
    }

    @Test func noClientFillsItWithHeaders() async throws {
        var table = HitTable(byteCountMax: 1_000_000)
        for number in 0..<100 {
            let accept = "image/x\(number)"
            table.put(
                try await hit(accept: accept), for: try request("/img/cat?format=auto", accept: accept),
                isNegotiated: true)
        }
        let known = try (0..<100).filter {
            table.find(try request("/img/cat?format=auto", accept: "image/x\($0)")) != nil
        }
        #expect(known == Array(92..<100))
    }

    @Test func itsBytesAreBounded() async throws {
        var table = HitTable(byteCountMax: 100_000)
        let known = try await hit()
        for number in 0..<10_000 {
            table.put(known, for: try request("/img/cat?w=\(number)"), isNegotiated: false)
        }
        #expect((50...100).contains(table.count))
    }

    @Test func noVariantIsKeptThatTheMemoryTierDrops() async throws {
        let flow = TestFlow()
        let id = try #require(OriginalID("cat"))
        let record = flow.store.put(id, SampleBytes.jpeg())
        let resolved = try await flow.variants.resolve(id, Recipe(query: "w=100"), accepting: [])
        _ = try await flow.variants.deliver(resolved)
        let known = KnownHit(accept: nil, resolved: resolved, whole: nil, notModified: nil)
        guard case .seen = known.standing(flow.variants, at: .now()) else {
            Issue.record("it is in memory")
            return
        }
        weak let resident = flow.memory?.resident(resolved.key)
        #expect(resident != nil)
        _ = await flow.memory?.removeAll(of: OriginalTag(record.digest))
        #expect(resident == nil)
        if case .evicted = known.standing(flow.variants, at: .now()) { return }
        Issue.record("it is no longer in memory")
    }

    @Test func whatIsRemovedIsGone() async throws {
        var table = HitTable(byteCountMax: 100_000)
        table.put(try await hit(), for: try request("/img/cat"), isNegotiated: false)
        table.remove(try request("/img/cat"))
        #expect(table.find(try request("/img/cat")) == nil && table.count == 0)
    }
}

@Suite struct HitRequestTests {
    private func isCandidate(_ method: HTTPMethod, _ target: String, _ fields: [(String, String)] = []) -> Bool {
        let headers = HTTPHeaders([("Host", "localhost")] + fields)
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
        return HitRequest(head, RequestHead(head)) != nil
    }

    @Test func picturesArePlainRequests() {
        #expect(isCandidate(.GET, "/img/cat?w=1"))
        #expect(isCandidate(.HEAD, "/img/cat"))
        #expect(isCandidate(.GET, "/img/cat", [("Accept", "*/*"), ("If-None-Match", "\"a\""), ("Cookie", "a=b")]))
    }

    @Test(arguments: [
        ("Range", "bytes=0-1"), ("range", "x"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"),
        ("Expect", "100-continue"), ("Accept", "*/*"), ("If-None-Match", "\"b\""),
    ])
    func oddOnesAreForTheRouter(_ name: String, _ value: String) {
        // Fields that are a list may be there twice, and then are one list, which is for others to read.
        #expect(!isCandidate(.GET, "/img/cat", [("accept", "image/webp"), ("if-none-match", "\"a\""), (name, value)]))
    }

    @Test func otherMethodsAndPathsAreForTheRouter() {
        #expect(!isCandidate(.POST, "/img/cat"))
        #expect(!isCandidate(.DELETE, "/img/cat"))
        #expect(!isCandidate(.GET, "/img"))
        #expect(!isCandidate(.GET, "http://localhost/img/cat"))
        #expect(!isCandidate(.GET, "*"))
    }
}
