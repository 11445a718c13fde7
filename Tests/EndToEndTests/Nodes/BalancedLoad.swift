import Foundation
import Synchronization

/// Users of the balancer: fetches of known and of new variants, and uploads, from eight tasks.
final class BalancedLoad: Sendable {
    private struct State {
        var count = 0
        var slowest = 0.0
        var faults: [String] = []
        var isEnded = false
    }

    private let client: HTTPClient
    private let ids: [String]
    private let uploads: [Data]
    private let state = Mutex(State())

    init(_ balancer: Balancer, uploads: Bool = true) async throws {
        client = HTTPClient(port: balancer.port)
        var ids: [String] = []
        for name in ["photo.jpg", "alpha.png", "gray.jpg", "photo.webp"] {
            ids.append(try await client.upload(Materials.fixture(name)).id)
        }
        self.ids = ids
        self.uploads = uploads ? [try Materials.fixture("tiny.png"), try Materials.fixture("odd.jpg")] : []
    }

    var count: Int { state.withLock { $0.count } }
    var slowest: Double { state.withLock { $0.slowest } }
    var faults: [String] { state.withLock { $0.faults } }

    /// Goes on for as long as the work does.
    func run(while work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var number = 0
                    while !self.state.withLock({ $0.isEnded }) {
                        number += 1
                        await self.ask(task, number)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
            try await work()
            state.withLock { $0.isEnded = true }
            try await group.waitForAll()
        }
    }

    private func ask(_ task: Int, _ number: Int) async {
        let what: String
        let answer: Answer?
        if !uploads.isEmpty, number % 10 == 0 {
            what = "upload"
            answer = try? await client.put("upload-\(task)", uploads[number / 10 % 2])
        } else {
            // Each width is new once, and known from then on.
            let width = 40 + (number % 3 == 0 ? number % 100 : task)
            what = "/img/\(ids[number % ids.count])?w=\(width)"
            answer = try? await client.get(what)
        }
        state.withLock { state in
            state.count += 1
            state.slowest = max(state.slowest, answer?.seconds ?? 0)
            guard let status = answer?.status, (200...201).contains(status) else {
                state.faults.append("\(what): \(answer.map { "\($0.status) \($0.text.prefix(200))" } ?? "no answer")")
                return
            }
        }
    }
}
