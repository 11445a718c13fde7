import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import Testing

/// What a camera wrote is for those who may have the original, and ask.
@Suite(.timeLimit(.minutes(1))) struct InfoResponseTests {
    private let keys = [
        APIKey(name: "r", scopes: [.read], secret: "can-read"),
        APIKey(name: "u", scopes: [.upload, .delete], secret: "can-change"),
    ]

    @Test(arguments: ["exif=1", "exif=true"]) func `a key of that scope has it`(query: String) async throws {
        let house = ServerHouse(keys: keys)
        let response = try await house.send("GET /img/cat/info?\(query)", ["Authorization": "Bearer can-read"])
        #expect(response.status == .ok && response.headers["Cache-Control"] == "private, no-store")
        #expect(response.headers["ETag"] == nil)
        #expect(try decode(OriginalInfo.self, from: response).exif == FakeRenderer.exif.values)
        let plain = try await house.send("GET /img/cat/info", ["Authorization": "Bearer can-read"])
        #expect(try decode(OriginalInfo.self, from: plain).exif == nil)
    }

    @Test func `nobody else has it`() async throws {
        let house = ServerHouse(keys: keys)
        #expect(try await house.send("GET /img/cat/info?exif=1").status == .unauthorized)
        let other = ["Authorization": "Bearer can-change"]
        #expect(try await house.send("GET /img/cat/info?exif=1", other).status == .forbidden)
        #expect(try await house.send("GET /img/gone/info?exif=1", ["Authorization": "Bearer can-read"]).status == .gone)
    }

    @Test(arguments: ["exif=0", "exif=", "exif", "exif=1&exif=1", "w=1", "exif=1&w=1"])
    func `there is one question only`(query: String) async throws {
        let response = try await ServerHouse().send("GET /img/cat/info?\(query)")
        let name = query.split(separator: "&").last?.prefix { $0 != "=" } ?? ""
        try checkProblem(response, 400, "bad-request", parameter: String(name))
    }
}
