import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct PresetResponseTests {
    private func house(isLocked: Bool = false) throws -> ServerHouse {
        ServerHouse(presets: try Presets(["card": "w=100&format=auto"], isLocked: isLocked))
    }

    @Test func `a preset is the variant that its recipe is`() async throws {
        let house = try house()
        let response = try await house.send("GET /img/cat?preset=card", ["Accept": "image/webp"])
        #expect(response.headers["Content-Type"] == "image/webp" && response.headers["Vary"] == "Accept")
        #expect(response.headers["ETag"] == "\"\(try house.key("w=100&format=webp"))\"")
        let other = try await house.send("GET /img/cat?w=100&format=webp")
        #expect(other.headers["ETag"] == response.headers["ETag"])
        #expect(house.flow.renderer.counts.rendered == 1)
    }

    @Test func `locked, nothing else is served or offered`() async throws {
        let house = try house(isLocked: true)
        #expect(try await house.send("GET /img/cat?preset=card").status == .ok)
        for (query, parameter) in [("", "preset"), ("?w=100", "preset"), ("?preset=card&w=1", "w")] {
            try checkProblem(try await house.send("GET /img/cat\(query)"), 400, "bad-recipe", parameter: parameter)
        }
        #expect(try await house.send("GET /img/cat/info").status == .ok)
        let upload = try await house.send("POST /img", body: SampleBytes.jpeg(5000, seed: 5))
        #expect(try decode(OriginalInfo.self, from: upload).srcset == nil)
    }
}
