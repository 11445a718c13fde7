import AnysizeCore
import AnysizeServer
import HTTPTypes
import Testing

@Suite struct RouteTests {
    @Test(arguments: [
        ("GET /img", "list"), ("HEAD /img", "list"), ("POST /img", "upload"),
        ("GET /img/cat", "variant cat"), ("HEAD /img/cat", "variant cat"), ("PUT /img/cat", "replace cat"),
        ("DELETE /img/cat", "delete cat"), ("GET /img/cat/info", "info cat"), ("HEAD /img/cat/info", "info cat"),
        ("GET /img/cat/original", "original cat"),
        ("GET /img/info", "variant info"), ("GET /img/img", "variant img"), ("GET /img/info/info", "info info"),
        ("GET /img/a.b_c-D9", "variant a.b_c-D9"), ("GET /img/cat..", "variant cat.."), ("GET /img/-", "variant -"),
        ("OPTIONS /", "options"), ("OPTIONS /img/..", "options"), ("OPTIONS *", "options"),
    ])
    func `A path and a method name a route`(request: String, expected: String) throws {
        #expect(try describe(request) == expected)
    }

    @Test(arguments: [
        ("GET /img/%63at", "variant cat"), ("GET /img/%63%61%74/info", "info cat"), ("GET /img/a%2Eb", "variant a.b"),
        ("GET /img/a%2db", "variant a-b"), ("GET /img/a%2Fb", "badID"), ("GET /img/a%00b", "badID"),
        ("GET /img/%2e", "badID"), ("GET /img/%2E%2e", "badID"), ("GET /img/a%", "badID"), ("GET /img/a%2", "badID"),
        ("GET /img/a%zz", "badID"), ("GET /img/%ff", "badID"), ("GET /img/%C3%A9", "badID"), ("GET /img/a+b", "badID"),
        ("GET /img/a%20b", "badID"), ("GET /img/a%252Eb", "badID"),
        // Only the id is chosen by callers; the fixed words have one spelling.
        ("GET /%69mg/cat", "unknown"), ("GET /img/cat/%69nfo", "unknown"), ("GET /IMG/cat", "unknown"),
        ("GET /img/cat/INFO", "unknown"),
    ])
    func `An id may be percent-encoded and is then what it decodes to`(request: String, expected: String) throws {
        #expect(try describe(request) == expected)
    }

    @Test(arguments: [
        ("GET /img/.", "badID"), ("GET /img/..", "badID"), ("GET /img/../etc", "badID"), ("GET /img/.cat", "badID"),
        ("GET /img/..\\..", "badID"), ("GET /img/", "badID"), ("GET /img//info", "badID"), ("GET /img/\u{e9}", "badID"),
        ("GET /img/cat/../dog", "unknown"), ("GET /img/cat/..", "unknown"), ("GET /img/cat/", "unknown"),
        ("GET /img/cat/info/", "unknown"), ("GET /img/cat//", "unknown"), ("GET //img/cat", "unknown"),
        ("GET /../img/cat", "unknown"), ("GET /images/cat", "unknown"), ("GET /imgs", "unknown"),
        ("GET img/cat", "unknown"), ("GET ", "unknown"), ("GET /", "unknown"), ("GET *", "unknown"),
        ("POST /img/cat/warm", "unknown"), ("CONNECT localhost:80", "unknown"),
    ])
    func `No path leads anywhere else`(request: String, expected: String) throws {
        #expect(try describe(request) == expected)
    }

    @Test(arguments: [
        ("PUT /img", "GET, HEAD, POST, OPTIONS"), ("PATCH /img", "GET, HEAD, POST, OPTIONS"),
        ("POST /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"), ("TRACE /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("get /img/cat", "GET, HEAD, PUT, DELETE, OPTIONS"), ("POST /img/cat/info", "GET, HEAD, OPTIONS"),
        ("PUT /img/cat/original", "GET, HEAD, OPTIONS"),
    ])
    func `A path tells which methods it takes`(request: String, allow: String) throws {
        #expect(try describe(request) == "notAllowed \(allow)")
    }

    @Test func `An id is as long as an id may be`() throws {
        let longest = String(repeating: "x", count: 128)
        #expect(try describe("GET /img/\(longest)") == "variant \(longest)")
        #expect(try describe("GET /img/\(longest)x") == "badID")
        let encoded = String(repeating: "%78", count: 128)
        #expect(try describe("GET /img/\(encoded)") == "variant \(longest)")
    }

    @Test func `No name of a route holds what a caller chose`() throws {
        for request in ["GET /img/secret", "GET /secret", "PUT /img/secret", "SECRET /img/secret", "GET /img/.secret"] {
            #expect(try !route(request).name.contains("secret"))
        }
    }

    @Test(arguments: [
        ("/img/cat?w=1", "/img/cat", "w=1"), ("/img/cat", "/img/cat", ""), ("/img/cat?", "/img/cat", ""),
        ("/img/cat?a=1?b=2", "/img/cat", "a=1?b=2"), ("/img/cat?u=http://x/y", "/img/cat", "u=http://x/y"),
        ("http://example.com/img/cat?w=1", "/img/cat", "w=1"), ("HTTPS://example.com:8443/img", "/img", ""),
        ("http://example.com", "/", ""), ("http://u:p@example.com//img", "//img", ""), ("*", "*", ""), ("", "", ""),
        ("/http://example.com/img", "/http://example.com/img", ""),
    ])
    func `A target is a path and a query, in either form`(target: String, path: String, query: String) {
        let parsed = RequestTarget(target)
        #expect(parsed.path == path)
        #expect(parsed.query == query)
    }

    @Test(arguments: ["http://example.com?w=1", "http://example.com?u=/img/cat"])
    func `A target without a path has the path of the root`(target: String) {
        let parsed = RequestTarget(target)
        #expect(parsed.path == "/")
        #expect(parsed.query == target.split(separator: "?")[1])
    }

    private func route(_ request: String) throws -> Route {
        let parts = request.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return Route(try #require(HTTPRequest.Method(String(parts[0]))), path: parts[1])
    }

    private func describe(_ request: String) throws -> String {
        switch try route(request) {
        case .list: "list"
        case .upload: "upload"
        case .variant(let id): "variant \(id)"
        case .replace(let id): "replace \(id)"
        case .delete(let id): "delete \(id)"
        case .info(let id): "info \(id)"
        case .original(let id): "original \(id)"
        case .options: "options"
        case .notAllowed(let allow): "notAllowed \(allow)"
        case .unknown: "unknown"
        case .badID: "badID"
        }
    }
}
