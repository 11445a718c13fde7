import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite(.timeLimit(.minutes(1))) struct OriginalResponseTests {
    // MARK: - Info

    @Test func `Info tells what is known of an original`() async throws {
        let house = ServerHouse()
        let response = try await house.send("GET /img/cat/info")
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=600")
        #expect(response.headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        let info = try decode(OriginalInfo.self, from: response)
        #expect(
            info
                == OriginalInfo(
                    id: "cat", digest: house.cat.digest.description, format: "jpeg", width: 400, height: 300,
                    bytes: house.cat.byteCount, pages: 1, alpha: false, profile: nil, dominantColor: "#000000",
                    thumbHash: "", blurHash: "", created: house.cat.created, srcset: nil
                )
        )
        #expect(String(buffer: response.body).contains("\"created\":\"2023-11-14T22:13:20Z\""))
        #expect(String(buffer: response.body).hasSuffix("}\n"))
    }

    @Test func `Info that is known is not sent again`() async throws {
        let house = ServerHouse()
        let tag = try #require(try await house.send("GET /img/cat/info").headers["ETag"])
        for condition in [tag, "W/\(tag)", "*"] {
            let response = try await house.send("GET /img/cat/info", ["If-None-Match": condition])
            #expect(response.status == .notModified)
            #expect(response.headers["ETag"] == tag)
            #expect(response.body.readableBytes == 0)
        }
        let other = "\"\(house.cat.digest)\""
        #expect(try await house.send("GET /img/cat/info", ["If-None-Match": other]).status == .ok)
    }

    // MARK: - The uploaded bytes

    @Test func `The original comes back byte for byte, to be saved and never shown`() async throws {
        let house = ServerHouse()
        let response = try await house.send("GET /img/cat/original")
        #expect(response.status == .ok)
        #expect(response.body == ServerHouse.catBytes)
        let headers = response.headers
        #expect(headers["Content-Type"] == "image/jpeg")
        #expect(headers["Content-Disposition"] == "attachment; filename=\"cat.jpg\"")
        #expect(headers["X-Content-Type-Options"] == "nosniff")
        #expect(headers["Content-Security-Policy"] == "default-src 'none'; sandbox")
        #expect(headers["Cache-Control"] == "private, no-store")
        #expect(headers["ETag"] == "\"\(house.cat.digest)\"")
        #expect(headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(headers["Access-Control-Allow-Origin"] == nil)
    }

    @Test func `A part of the original is exactly that part`() async throws {
        let response = try await ServerHouse().send("GET /img/cat/original", ["Range": "bytes=100-199"])
        #expect(response.status == .partialContent)
        #expect(response.body == ServerHouse.catBytes.getSlice(at: 100, length: 100))
    }

    // MARK: - Listing

    @Test func `A listing is read page by page`() async throws {
        let house = ServerHouse()
        for number in 0..<5 { house.flow.store.put(OriginalID("dog-\(number)")!, SampleBytes.jpeg(seed: number)) }
        var ids: [String] = []
        var after: String?
        var pages = 0
        repeat {
            let query = after.map { "&after=\($0)" } ?? ""
            let response = try await house.send("GET /img?limit=4\(query)")
            #expect(response.status == .ok)
            #expect(response.headers["Cache-Control"] == "private, no-store")
            let page = try decode(ListPage.self, from: response)
            ids += page.originals.map(\.id)
            after = page.next
            pages += 1
        } while after != nil && pages < 10
        #expect(ids == ["cat", "dog-0", "dog-1", "dog-2", "dog-3", "dog-4"], "what is deleted is not listed")
        #expect(pages == 2)
    }

    @Test func `A listing takes an encoded id, and one that isn't there`() async throws {
        let house = ServerHouse()
        let page = try decode(ListPage.self, from: try await house.send("GET /img?after=%62&limit=1000"))
        #expect(page.originals.map(\.id) == ["cat"])
        let none = try decode(ListPage.self, from: try await house.send("GET /img?after=zzz"))
        #expect(none.originals.isEmpty && none.next == nil)
    }

    // MARK: - Deleting

    @Test func `A deletion tells what went, and what comes later is told it is gone`() async throws {
        let house = ServerHouse()
        _ = try await house.send("GET /img/cat?w=10")
        _ = try await house.send("GET /img/cat?w=20")
        let response = try await house.send("DELETE /img/cat")
        #expect(response.status == .ok)
        #expect(response.headers["Cache-Control"] == "no-store")
        struct Deletion: Decodable {
            var id: String
            var bytes: Int
            var variants: [String: Int]
        }
        let deletion = try decode(Deletion.self, from: response)
        #expect(deletion.id == "cat")
        #expect(deletion.bytes == house.cat.byteCount)
        #expect(deletion.variants == ["memory": 2, "disk": 0])
        for request in ["GET /img/cat?w=10", "GET /img/cat/info", "GET /img/cat/original", "DELETE /img/cat"] {
            try checkProblem(try await house.send(request), 410, "deleted-original")
        }
        #expect(try await house.send("PUT /img/cat", body: SampleBytes.jpeg(seed: 4)).status == .created)
        #expect(try await house.send("GET /img/cat?w=10").status == .ok)
    }

    @Test func `A deletion of another version than the caller's doesn't happen`() async throws {
        let house = ServerHouse()
        let response = try await house.send("DELETE /img/cat", ["If-Match": "\"\(String(repeating: "0", count: 64))\""])
        #expect(response.status == .preconditionFailed)
    }

    // MARK: - Other sites

    @Test(arguments: ["/img", "/img/cat", "/img/cat/info", "/", "*", "/anything?x=1"])
    func `OPTIONS is cheap and the same anywhere`(path: String) async throws {
        let house = ServerHouse(keys: [APIKey(name: "a", scopes: [.upload], secret: "s")])
        let response = try await house.send("OPTIONS \(path)")
        #expect(response.status == .noContent)
        #expect(response.body.readableBytes == 0)
        #expect(response.headers["Content-Length"] == nil)
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, DELETE, OPTIONS")
        for name in ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Range"] {
            #expect(response.headers["Access-Control-Allow-Headers"]?.contains(name) == true)
        }
        #expect(response.headers["Access-Control-Max-Age"] == "86400")
        #expect(house.flow.store.count(of: .find) == 0)
    }

    @Test func `Without keys, pages of other sites may only fetch`() async throws {
        let response = try await ServerHouse().send("OPTIONS /img")
        #expect(response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS")
    }

    @Test func `Scripts of other sites can read what an answer cost`() async throws {
        let response = try await ServerHouse().send("GET /img/cat?w=10", ["Origin": "https://example.com"])
        let exposed = try #require(response.headers["Access-Control-Expose-Headers"])
        for name in ["ETag", "Cache-Status", "Server-Timing"] { #expect(exposed.contains(name)) }
    }

    @Test func `Scripts of other sites can read the answer to what their key lets them do`() async throws {
        let house = ServerHouse(keys: [APIKey(name: "a", scopes: [.upload, .read, .delete], secret: "s")])
        let key = ["Authorization": "Bearer s", "Origin": "https://example.com"]
        for request in ["PUT /img/new", "POST /img"] {
            let response = try await house.send(request, key, body: SampleBytes.jpeg())
            #expect(response.headers["Access-Control-Allow-Origin"] == "*", "\(request)")
        }
        for request in ["GET /img", "GET /img/cat/original", "DELETE /img/cat"] {
            let response = try await house.send(request, key)
            #expect(response.status == .ok)
            #expect(response.headers["Access-Control-Allow-Origin"] == "*", "\(request)")
        }
    }
}
