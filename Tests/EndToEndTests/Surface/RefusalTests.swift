import Foundation
import Testing

/// A request that must be refused, and how.
struct RefusalCase: Sendable, CustomTestStringConvertible {
    let method: String
    /// `{id}` stands for an original that is there.
    let target: String
    var headers: [String: String] = [:]
    var body = Body.none
    let status: Int
    /// What the problem document must name; nil where nothing in particular is at fault.
    var parameter: String?

    enum Body: Sendable {
        case none
        case picture
        case text
    }

    var testDescription: String {
        let fields = headers.sorted { $0.key < $1.key }.map { " \($0.key): \($0.value)" }
        return "\(method) \(target)\(fields.joined()) -> \(status) \(parameter ?? "")"
    }

    static func recipe(_ query: String, names parameter: String?, _ status: Int = 400) -> RefusalCase {
        RefusalCase(method: "GET", target: "/img/{id}?\(query)", status: status, parameter: parameter)
    }

    static func put(_ name: String, _ value: String, _ status: Int, names parameter: String? = nil) -> RefusalCase {
        RefusalCase(
            method: "PUT", target: "/img/refused", headers: [name: value], body: .picture, status: status,
            parameter: parameter
        )
    }

    static let recipes: [RefusalCase] = [
        .recipe("w=0", names: "w"), .recipe("w=8193", names: "w"), .recipe("w=-1", names: "w"),
        .recipe("w=1e3", names: "w"), .recipe("w=0x10", names: "w"), .recipe("w=+5", names: "w"),
        .recipe("w=%D9%A3%D9%A2", names: "w"), .recipe("w=99999999999999999999", names: "w"),
        .recipe("w=%00", names: "w"), .recipe("w=", names: "w"), .recipe("w", names: "w"),
        .recipe("width=0", names: "width"), .recipe("h=0", names: "h"), .recipe("w=1&w=2", names: "w"),
        .recipe("w=1&width=2", names: "width"), .recipe("dpr=9", names: "dpr"), .recipe("dpr=nan", names: "dpr"),
        .recipe("q=0", names: "q"), .recipe("q=101", names: "q"), .recipe("fit=fill&w=9", names: "fit"),
        .recipe("fit=nonsense", names: "fit"), .recipe("gravity=up", names: "gravity"),
        .recipe("fp=2,0", names: "fp"), .recipe("fp=0.5,0.5&gravity=north", names: "fp"),
        .recipe("crop=1,2,3", names: "crop"), .recipe("crop=5000,5000,10,10", names: "crop"),
        .recipe("ar=3:2", names: "ar"), .recipe("format=bmp", names: "format"), .recipe("format=heic", names: "format"),
        .recipe("format=svg", names: "format"), .recipe("auto=enhance", names: "auto"),
        .recipe("lossless=1&format=jpeg", names: "lossless"), .recipe("bg=nocolour", names: "bg"),
        .recipe("metadata=all", names: "metadata"), .recipe("v=xyz", names: "v"), .recipe("W=100", names: "W"),
        .recipe("nonsense=1", names: "nonsense"), .recipe("w=9&%20=1", names: " "),
        .recipe(String(repeating: "w=1&", count: 600), names: nil),
    ]

    static let paths: [RefusalCase] = [
        RefusalCase(method: "GET", target: "/img/none", status: 404),
        RefusalCase(method: "GET", target: "/img/none/info", status: 404),
        RefusalCase(method: "GET", target: "/img/none/original", status: 404),
        RefusalCase(method: "DELETE", target: "/img/none", status: 404),
        RefusalCase(method: "GET", target: "/nothing", status: 404),
        RefusalCase(method: "GET", target: "/img/{id}/nothing", status: 404),
        RefusalCase(method: "GET", target: "/img/.hidden", status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/..%2F..%2Fetc%2Fpasswd", status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/a%00b", status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/a%0d%0ab", status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/%C0%AE%C0%AE", status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/" + String(repeating: "a", count: 129), status: 400, parameter: "id"),
        RefusalCase(method: "PUT", target: "/img/.hidden", body: .picture, status: 400, parameter: "id"),
        RefusalCase(method: "GET", target: "/img/{id}/info?w=1", status: 400, parameter: "w"),
        RefusalCase(method: "GET", target: "/img/{id}/original?w=1", status: 400, parameter: "w"),
        RefusalCase(method: "POST", target: "/img?w=1", body: .picture, status: 400, parameter: "w"),
        RefusalCase(method: "GET", target: "/img?limit=0", status: 400, parameter: "limit"),
        RefusalCase(method: "GET", target: "/img?limit=1001", status: 400, parameter: "limit"),
        RefusalCase(method: "GET", target: "/img?after=.", status: 400, parameter: "after"),
        RefusalCase(method: "GET", target: "/img?page=2", status: 400, parameter: "page"),
    ]

    static let bodies: [RefusalCase] = [
        .put("If-Match", "garbage", 400, names: "If-Match"), .put("If-Match", "\"unclosed", 400, names: "If-Match"),
        .put("If-Match", "\"0123\"", 412), .put("If-Match", "*", 412),
        .put("If-None-Match", "\"0123\"", 400, names: "If-None-Match"),
        .put("If-None-Match", "garbage", 400, names: "If-None-Match"),
        .put("Content-Encoding", "gzip", 415, names: "Content-Encoding"),
        .put("Content-Type", "multipart/form-data", 400, names: "Content-Type"),
        .put("Content-Type", "multipart/form-data; boundary=x", 400, names: "file"),
        RefusalCase(method: "POST", target: "/img", status: 415),
        RefusalCase(method: "POST", target: "/img", body: .text, status: 415),
        RefusalCase(
            method: "PUT", target: "/img/abcdefghijklmnopqrstuvwxyz234567", body: .picture, status: 400, parameter: "id"
        ),
        RefusalCase(
            method: "POST", target: "/img", headers: ["Sec-Fetch-Site": "cross-site"], body: .picture, status: 403,
            parameter: "Sec-Fetch-Site"),
    ]
}

extension EndToEnd {
    /// What can't be done is said so, with the name of what is at fault.
    @Suite(.service(["upload.bytes.max": "200KB"]))
    struct Refusals {
        let service: RunningService
        let id: String

        init() async throws {
            service = try #require(RunningService.current)
            id = try await service.client.upload(Materials.fixture("odd.jpg")).id
        }

        @Test(.timeLimit(.minutes(1)), arguments: RefusalCase.recipes)
        func aBadRecipeIsRefused(_ refusal: RefusalCase) async throws { try await check(refusal) }

        @Test(.timeLimit(.minutes(1)), arguments: RefusalCase.paths)
        func aBadPathIsRefused(_ refusal: RefusalCase) async throws { try await check(refusal) }

        @Test(.timeLimit(.minutes(1)), arguments: RefusalCase.bodies)
        func aBadUploadIsRefused(_ refusal: RefusalCase) async throws {
            try await check(refusal)
            #expect(try await service.client.get("/img/refused/info").status == 404)
            #expect(await eventually(within: 2) { service.stagedFiles.isEmpty })
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("PATCH", "/img", "GET, HEAD, POST, OPTIONS"), ("DELETE", "/img", "GET, HEAD, POST, OPTIONS"),
                ("POST", "/img/{id}", "GET, HEAD, PUT, DELETE, OPTIONS"),
                ("TRACE", "/img/{id}", "GET, HEAD, PUT, DELETE, OPTIONS"),
                ("PUT", "/img/{id}/info", "GET, HEAD, OPTIONS"), ("DELETE", "/img/{id}/original", "GET, HEAD, OPTIONS"),
            ]
        )
        func aWrongMethodIsToldTheRightOnes(method: String, target: String, allow: String) async throws {
            let answer = try await check(RefusalCase(method: method, target: target, status: 405))
            #expect(answer["Allow"] == allow)
        }

        /// Sends it, and checks that the answer says what is wrong.
        @discardableResult
        private func check(_ refusal: RefusalCase) async throws -> Answer {
            let body: Data
            switch refusal.body {
            case .none: body = Data()
            case .picture: body = try Materials.fixture("gray.jpg")
            case .text: body = Data("Not a picture at all, but text of some length, long enough to be sniffed.".utf8)
            }
            var head = "\(refusal.method) \(refusal.target.replacing("{id}", with: id)) HTTP/1.1\r\nHost: localhost\r\n"
            for (name, value) in refusal.headers { head += "\(name): \(value)\r\n" }
            if refusal.method == "PUT" || refusal.method == "POST" { head += "Content-Length: \(body.count)\r\n" }
            let answer = try await service.raw(head + "\r\n", body: body)
            #expect(answer.status == refusal.status, "\(answer.text.prefix(300))")
            let problem = try #require(answer.problem, "\(answer.text.prefix(300))")
            #expect(problem.status == refusal.status)
            #expect(problem.parameter == refusal.parameter)
            #expect(problem.type.hasPrefix("urn:anysize:problem:"))
            #expect(problem.detail.count > 10 && !problem.title.isEmpty)
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            return answer
        }
    }
}
