import Foundation
import Testing

extension EndToEnd {
    /// More work than the machine can do.
    @Suite struct Overload {
        @Test(.timeLimit(.minutes(3)))
        func twoHundredColdRequestsAtOnceAreServedOrRefusedWhileHitsStayFast() async throws {
            let deadline = 15.0
            let settings = ["render.threads": "2", "render.deadline.seconds": "\(Int(deadline))"]
            try await withService(settings) { service in
                let client = service.client
                let id = try await client.upload(Materials.largePhoto()).id
                let hit = "/img/\(id)?w=320&format=webp"
                #expect(try await client.get(hit).origin == "render")
                let before = service.residentPeakMB
                let probe = HitProbe(service, path: hit, every: 0.01)
                let answers = try await fetchAll(
                    (0..<200).map { "/img/\(id)?w=\(400 + 7 * $0)&format=jpeg" }, of: service)
                let hits = probe.stop()
                for answer in answers { checkServedOrRefused(answer, within: deadline + 1) }
                let served = answers.filter { $0.status == 200 }
                let refused = answers.filter { $0.status == 503 }
                let peak = service.residentPeakMB
                print(
                    """
                    of 200 cold requests \(served.count) were served, the slowest after \(slowest(served)), and \
                    \(refused.count) refused, the slowest after \(slowest(refused)); \(hits.count) hits meanwhile, \
                    p50 \(milliseconds(hits.percentile(0.5))), p99 \(milliseconds(hits.percentile(0.99))); \
                    peak \(Int(peak)) MB, before \(Int(before)) MB
                    """
                )
                // Enough of both for this to have been an overload that was handled.
                #expect(served.count >= 20 && refused.count >= 1)
                #expect(hits.faults.isEmpty)
                #expect(hits.count >= 50)
                #expect(hits.percentile(0.99) < 0.25)
                #expect(peak < 1200)
                // Two renders of twelve megapixels hold about 75 MB each; the rest is what the system's allocator keeps.
                #expect(peak < before + 450)
                #expect(try await service.metric("anysize_refused_total") == Double(refused.count))
                try await checkIdle(service)
                #expect(try await client.variant(id, "w=333&format=jpeg").status == 200)
            }
        }
    }
}

/// One request on one connection each, all at once.
private func fetchAll(_ paths: [String], of service: RunningService) async throws -> [Answer] {
    let port = service.port
    return try await withThrowingTaskGroup(of: Answer.self) { group in
        for path in paths {
            group.addTask {
                try await onOwnThread {
                    let connection = try RawConnection(port: port)
                    try connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    return try connection.answer(within: 60)
                }
            }
        }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}

private func checkServedOrRefused(_ answer: Answer, within seconds: Double) {
    #expect(answer.seconds < seconds)
    switch answer.status {
    case 200: #expect(PictureHeader(answer.body) != nil)
    case 503:
        #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 >= 1)
        #expect(answer.problem?.type == "urn:anysize:problem:overloaded")
        #expect(answer["Cache-Control"] == "no-store")
    default: Issue.record("\(answer.status): \(answer.text.prefix(300))")
    }
}

/// Nothing of the load is left.
private func checkIdle(_ service: RunningService) async throws {
    for name in [
        "anysize_admission_running{lane=\"render\"}", "anysize_admission_queued{lane=\"render\"}", "anysize_flights",
    ] {
        #expect(try await eventually(within: 5) { try await service.metric(name) == 0 }, "\(name)")
    }
}

private func slowest(_ answers: [Answer]) -> String { milliseconds(answers.map(\.seconds).max() ?? 0) }
private func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }
