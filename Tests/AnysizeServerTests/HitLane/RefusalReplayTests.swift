import AnysizeCore
import AnysizeServer
import AnysizeTesting
import NIOCore
import Testing

/// The same requests to a service with too much to render, with the lane and without it.
@Suite(.timeLimit(.minutes(2))) struct RefusalReplayTests {
    private static let targets = [
        "/img/cat?w=100", "/img/cat?w=100&format=auto", "/img/cat?w=100&format=webp&q=70", "/img/cat?w=30&sig=x",
        "/img/cat?w=100&exp=99999999999", "/img/cat?w=100&exp=1", "/img/cat?w=nothing", "/img/cat?w=100&w=100",
        "/img/dog?w=100", "/img/gone?w=100", "/img/cat/info", "/img/cat/original", "/img/cat?w=100&metadata=copyright",
        "/img/cat?w=100&metadata=keep", "/img/cat?w=100&overlay=cat", "/img/cat?w=77", "/img/cat?w=77&format=auto",
        "/img/cat?w=66&format=auto", "/img/cat?text=hello", "/img/cat?preset=none", "/img/cat?", "/img/cat",
        "/img/c%61t?w=50", "/img/cat?w=50&ixlib=a%22b", "/elsewhere", "/img",
    ]
    private static let fields: [[String]] = [
        [], ["Accept: image/avif,image/webp,*/*"], ["Accept: image/avif"],
        ["Accept: image/webp", "Accept: image/avif"],
        ["If-None-Match: *"], ["If-None-Match: \"x\""], ["Range: bytes=0-9"], ["Content-Length: 0"],
        ["Expect: nothing"],
        ["Connection: close"], ["Proxy-Connection: close"], (0..<120).map { "a: \($0)" },
    ]

    @Test func refusalsAreTheSameByteForByte() async throws {
        let metrics = PrometheusRegistry(descriptions: [:])
        let with = try await play(lane: metrics)
        let without = try await play(lane: nil)
        #expect(with.count == without.count && with.count > 500)
        for (one, other) in zip(with, without) where one != other { Issue.record("\(one) instead of \(other)") }
        let refused = with.count { $0.contains("HTTP/1.1 503") }
        // Or nothing was compared: of the refusals that it may make, those of requests without odd fields, most are the lane's.
        let line = metrics.render().split(separator: "\n").first { $0.hasPrefix("anysize_hit_lane_refusals_total ") }
        let atOnce = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        #expect(atOnce > 50 && atOnce < refused, "\(atOnce) of \(refused)")
        #expect(with.count { $0.contains("HTTP/1.1 200") } > 20 && with.count { $0.contains("HTTP/1.1 304") } > 20)
    }

    private func play(lane: PrometheusRegistry?) async throws -> [String] {
        let house = ServerHouse {
            $0.permitCount = 1
            $0.queueSecondsMax = 2
            $0.pyramid = Pyramid()
        }
        // Some are there.
        for (query, accepted) in [("w=77", AcceptedFormats()), ("w=66&format=auto", AcceptedFormats.webp)] {
            let resolved = try await house.flow.variants.resolve(
                ServerHouse.cat, try Recipe(query: query), accepting: accepted)
            await house.flow.disk.store(try house.variant("w=77"), for: resolved.key)
        }
        let gate = Gate()
        let other = Task {
            try await house.flow.admission.withPermit(cost: 20) { _ async throws(AnysizeError) in await gate.wait() }
        }
        await eventually { house.flow.admission.load.running == 1 }
        let answers = Shared<[String]>([])
        try await house.serve(lane: lane) { port in
            for fields in Self.fields {
                for method in ["GET", "HEAD"] {
                    var client: RawClient?
                    for target in Self.targets {
                        let present: RawClient
                        if let client { present = client } else { present = try await RawClient.connect(port: port) }
                        let response = try await present.get(target, fields, method: method)
                        answers.change { $0.append("\(method) \(target) \(fields): \(Self.text(response))") }
                        let isLast = response.head.lowercased().contains("connection: close")
                        if isLast { present.close() }
                        client = isLast ? nil : present
                    }
                    client?.close()
                }
            }
        }
        gate.open()
        try await other.value
        return answers.value
    }

    /// A response without what is another each time.
    private static func text(_ response: RawClient.Response) -> String {
        let lines = response.head.split(separator: "\r\n").map { line -> String in
            if line.lowercased().hasPrefix("date:") { return "Date" }
            guard line.lowercased().hasPrefix("server-timing:") else { return String(line) }
            return line.split(separator: ",").map { $0.split(separator: "=")[0] }.joined(separator: ",")
        }
        let body = response.body.replacing(/"request":"[0-9a-f]+"/, with: "\"request\"")
        return (lines + [body]).joined(separator: "\n")
    }
}
