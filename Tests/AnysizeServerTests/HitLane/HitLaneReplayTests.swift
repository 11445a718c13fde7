import AnysizeCore
import AnysizeServer
import AnysizeTesting
import NIOCore
import Testing

/// The same traffic twice, with the lane and without it: nobody can tell the difference but by the time.
@Suite(.timeLimit(.minutes(2))) struct HitLaneReplayTests {
    @Test(arguments: [1, 2, 3]) func answersAreTheSameByteForByte(_ seed: UInt64) async throws {
        let script = Script(seed: seed, count: 400)
        let metrics = PrometheusRegistry(descriptions: [:])
        let with = try await script.play(lane: metrics)
        let without = try await script.play(lane: nil)
        #expect(with.count == without.count)
        for (step, pair) in zip(script.steps, zip(with, without)) where pair.0 != pair.1 {
            Issue.record("\(step): \(pair.0) instead of \(pair.1)")
        }
        // Or nothing was compared.
        #expect(metrics.hitLaneAnswers > 80)
    }
}

/// Requests of all kinds, and changes between them.
private struct Script: Sendable {
    enum Step: Sendable {
        case request(String, [String], method: String)
        /// Several at once, before the first answer.
        case pipeline([String])
        case replace(seed: Int)
        case delete
        case evict
    }

    let steps: [Step]

    init(seed: UInt64, count: Int) {
        var random = SeededRandom(seed: seed)
        steps = (0..<count).map { _ in Self.step(&random) }
    }

    private static func step(_ random: inout SeededRandom) -> Step {
        switch Int.random(in: 0..<100, using: &random) {
        case 0: .replace(seed: Int.random(in: 0..<5, using: &random))
        case 1: .delete
        case 2: .evict
        case 3..<15: .pipeline((0..<Int.random(in: 2..<9, using: &random)).map { _ in target(&random) })
        default:
            .request(
                target(&random), fields(&random), method: Int.random(in: 0..<8, using: &random) == 0 ? "HEAD" : "GET")
        }
    }

    private static func target(_ random: inout SeededRandom) -> String {
        let targets = [
            "/img/cat?w=100", "/img/cat?w=100", "/img/cat?w=100", "/img/cat?width=100", "/img/cat?w=%3100",
            "/img/cat?w=80&format=auto", "/img/cat?w=80&format=auto", "/img/cat?w=80&format=webp", "/img/cat",
            "/img/cat?w=nothing", "/img/dog?w=100", "/img/gone", "/img/cat/info", "/img/cat?w=100&v=00000000",
            "/img/cat?w=100&metadata=keep", "/img", "/elsewhere", "/img/cat?",
        ]
        return targets.randomElement(using: &random) ?? ""
    }

    private static func fields(_ random: inout SeededRandom) -> [String] {
        // Of the first version of the picture; no longer right after a replacement, which is as good a test.
        let tag = (try? ServerHouse().key("w=100").description) ?? ""
        let choices: [[String]] = [
            [], [], [], [], ["Accept: image/webp"], ["Accept: image/avif,image/webp,*/*"], ["Accept: image/*"],
            ["Accept: image/webp", "Accept: image/avif"], ["If-None-Match: \"\(tag)\""],
            ["If-None-Match: W/\"\(tag)\""],
            ["If-None-Match: \"x\", \"\(tag)\""], ["If-None-Match: *"], ["If-None-Match: nonsense"],
            ["If-None-Match: \"x\""], ["Range: bytes=0-9"], ["Range: bytes=99999999-"],
            ["Range: bytes=2-5", "If-Range: \"\(tag)\""], ["Content-Length: 0"], ["Cookie: a=b", "User-Agent: c"],
            ["Authorization: Bearer x"], ["Sec-Fetch-Site: cross-site"], ["Upgrade-Insecure-Requests: 1"],
        ]
        return choices.randomElement(using: &random) ?? []
    }

    /// - Returns: what was received for each step.
    func play(lane: PrometheusRegistry?) async throws -> [[String]] {
        let house = ServerHouse()
        // What is evicted from memory is there still, for some.
        for query in ["w=100", "w=80&format=webp"] {
            await house.flow.disk.store(try house.variant(query), for: try house.key(query))
        }
        house.flow.disk.allowPeeks()
        let answers = Shared<[[String]]>([])
        try await house.serve(lane: lane) { port in
            let client = try await RawClient.connect(port: port)
            for step in steps {
                let received = try await play(step, house, client)
                answers.change { $0.append(received) }
            }
            client.close()
        }
        return answers.value
    }

    private func play(_ step: Step, _ house: ServerHouse, _ client: RawClient) async throws -> [String] {
        switch step {
        case .request(let target, let fields, let method):
            return [Self.text(try await client.get(target, fields, method: method))]
        case .pipeline(let targets):
            try await client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined())
            var texts: [String] = []
            for _ in targets { texts.append(Self.text(try #require(await client.response()))) }
            return texts
        case .replace(let seed): house.flow.store.put(ServerHouse.cat, SampleBytes.jpeg(seed: seed))
        case .delete: house.flow.store.drop(ServerHouse.cat)
        case .evict: _ = await house.flow.memory?.removeAll(of: OriginalTag(house.cat.digest))
        }
        return []
    }

    /// A response without what is another each time: the date, times, and ids of problems.
    private static func text(_ response: RawClient.Response) -> String {
        let lines = response.head.split(separator: "\r\n").map { line -> String in
            if line.lowercased().hasPrefix("date:") { return "Date" }
            guard line.lowercased().hasPrefix("server-timing:") else { return String(line) }
            return line.split(separator: ",").map { $0.split(separator: "=")[0] }.joined(separator: ",")
        }
        let isProblem = response.field("content-type") == "application/problem+json"
        return (lines + [isProblem ? "problem \(response.status)" : response.body]).joined(separator: "\n")
    }
}
