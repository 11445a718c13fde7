import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// An acknowledged upload is there for good; nothing else is there at all.
    @Suite struct Kills {
        @Test(.timeLimit(.minutes(60)))
        func everyAcknowledgedUploadSurvivesKillsAndNoHalfFileIsServed() async throws {
            try await withService { service in
                let ledger = Ledger()
                let killCount = 12 * EndToEnd.soak
                for round in 1...killCount {
                    try await uploadUntilKilled(service, after: .random(in: 0.5...4.5), ledger)
                    try await service.start()
                    // But for the moments in which the store is tried out.
                    #expect(await eventually(within: 2) { service.stagedFiles == [] }, "round \(round)")
                    try await checkAcknowledged(ledger.takeNew(), by: service.client)
                }
                try await checkEverything(ledger, by: service.client)
                let (acknowledged, unknown) = ledger.counts
                print("\(killCount) kills, \(acknowledged) uploads acknowledged, \(unknown) cut off, none lost")
                #expect(acknowledged > killCount)
                // Kills that never met an upload under way would prove nothing.
                #expect(unknown > 0)
            }
        }
    }
}

/// What has been sent, and what became of it.
private final class Ledger: Sendable {
    private struct State {
        var acknowledged: [String: Data] = [:]
        var new: [String: Data] = [:]
        /// Bodies whose upload had no answer: they may be there or not, but only whole.
        var unanswered: [Data] = []
        var unansweredNames: [String: Data] = [:]
    }

    private let state = Mutex(State())

    var acknowledged: [String: Data] { state.withLock { $0.acknowledged } }
    var unanswered: [Data] { state.withLock { $0.unanswered } }
    var unansweredNames: [String: Data] { state.withLock { $0.unansweredNames } }
    var counts: (acknowledged: Int, unanswered: Int) { state.withLock { ($0.acknowledged.count, $0.unanswered.count) } }

    func acknowledge(_ id: String, _ body: Data) {
        state.withLock { state in
            state.acknowledged[id] = body
            state.new[id] = body
        }
    }

    func lose(_ name: String?, _ body: Data) {
        state.withLock { state in
            state.unanswered.append(body)
            if let name { state.unansweredNames[name] = body }
        }
    }

    /// What has been acknowledged since this was asked last.
    func takeNew() -> [String: Data] {
        state.withLock { state in
            defer { state.new = [:] }
            return state.new
        }
    }
}

/// Four clients upload pictures like no others until the process is killed.
private func uploadUntilKilled(_ service: RunningService, after seconds: Double, _ ledger: Ledger) async throws {
    let client = service.client
    try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
            group.addTask {
                var isAlive = true
                while isAlive { isAlive = try await uploadOne(number, client, ledger) }
            }
        }
        try await Task.sleep(for: .seconds(seconds))
        #expect(await service.stop(.kill) == -9)
        try await group.waitForAll()
    }
}

/// - Returns: false once the service is gone.
private func uploadOne(_ number: Int, _ client: HTTPClient, _ ledger: Ledger) async throws -> Bool {
    let byteCount = Int.random(in: 100...(number == 0 ? 1_000_000 : 60_000))
    // Checking a PNG's sum takes this side long; most are JPEGs.
    let body =
        number == 3
        ? try Materials.uniquePNG(commentOf: byteCount / 10) : try Materials.uniqueJPEG(commentOf: byteCount)
    let name = number == 1 ? "named-\(UUID().uuidString)" : nil
    guard let answer = try? await (name == nil ? client.post(body) : client.put(name ?? "", body)) else {
        ledger.lose(name, body)
        return false
    }
    try #require(answer.status == 201, "\(answer.status): \(answer.text.prefix(300))")
    let id = try answer.json(OriginalInfo.self).id
    if let name { #expect(id == name) }
    ledger.acknowledge(id, body)
    return true
}

private func checkAcknowledged(_ originals: [String: Data], by client: HTTPClient) async throws {
    for (id, body) in originals {
        let answer = try await client.get("/img/\(id)/original")
        #expect(answer.status == 200 && answer.body == body, "\(id): \(answer.status), \(answer.body.count) bytes")
    }
}

/// All that was acknowledged is listed and there; whatever else is there is whole, and is something that was sent.
private func checkEverything(_ ledger: Ledger, by client: HTTPClient) async throws {
    try await checkAcknowledged(ledger.acknowledged, by: client)
    let listed = try await client.allOriginals().map(\.id)
    #expect(Set(listed).isSuperset(of: ledger.acknowledged.keys))
    let sent = Set(ledger.unanswered)
    for id in listed where ledger.acknowledged[id] == nil {
        let answer = try await client.get("/img/\(id)/original")
        #expect(answer.status == 200 && sent.contains(answer.body), "\(id): \(answer.status)")
        #expect(try await client.variant(id, "w=64&format=jpeg").status == 200, "\(id)")
    }
    for (name, body) in ledger.unansweredNames {
        let answer = try await client.get("/img/\(name)/original")
        #expect(answer.status == 404 || answer.status == 200 && answer.body == body, "\(name): \(answer.status)")
    }
}
