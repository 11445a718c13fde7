import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// Helpers are lost all the time: an operator, or a kernel short of memory, ends them.
    @Suite struct HelperKills {
        @Test(.timeLimit(.minutes(20)))
        func aHelperKilledEverySecondCostsAtMostItsOwnJob() async throws {
            let settings = ["upload.threads": "2", "render.threads": "2"]
            // One for each thread, and one to spare.
            let helperCount = 5.0
            try await withService(settings) { service in
                let isComplete = try await eventually(within: 10) { try await service.helpers().ready == helperCount }
                try #require(isComplete)
                let uploads = SteadyUploads(service.client)
                let seconds = 10.0 * Double(EndToEnd.soak)
                async let recoveries = killHelpers(of: service, count: helperCount, for: seconds)
                try await uploads.run(for: seconds)
                let recovered = try await recoveries
                let (replaced, returns) = (recovered.map(\.jobs).sorted(), recovered.map(\.all).sorted())
                let ledger = uploads.ledger
                print(
                    """
                    \(ledger.acknowledged.count) uploads acknowledged, \(ledger.acknowledged.count / Int(seconds)) a \
                    second, the slowest after \(ledger.slowest) s; \(returns.count) helpers killed, \
                    \(ledger.failures.count) uploads failed; a helper for each thread again after \
                    \(replaced.first ?? 0) to \(replaced.last ?? 0) s, median \(replaced[replaced.count / 2]), the \
                    spare one too after \(returns.first ?? 0) to \(returns.last ?? 0) s, median \(returns[returns.count / 2])
                    """
                )
                for failure in ledger.failures { print(failure) }
                let retried = try await service.metric("anysize_helper_jobs_retried_total")
                print("\(retried) jobs were given to a second helper")
                #expect(returns.count >= Int(seconds * 0.7))
                // Noticed and replaced by the spare one; what is measured includes asking for it, on a busy machine.
                #expect(replaced[replaced.count / 2] < 0.2)
                // A debug build takes a second and more to warm up all codecs and fonts.
                #expect(returns.allSatisfy { $0 < 4 })
                #expect(ledger.failures.count <= returns.count)
                // Debug builds, whose helpers take a second and more to start, do a seventh of what is asked of a long run.
                #expect(ledger.acknowledged.count >= Int(seconds) * (EndToEnd.soak > 1 ? 45 : 6))
                for (id, body) in ledger.acknowledged {
                    let answer = try await service.client.get("/img/\(id)/original")
                    #expect(answer.status == 200 && answer.body == body, "\(id): \(answer.status)")
                }
                #expect(service.stagedFiles == [])
            }
        }
    }
}

/// The seconds after a kill until things were as before.
private struct Recovery {
    /// Until there was a helper for each thread, and the loss was known.
    let jobs: Double
    /// Until there was a spare one as well.
    let all: Double
}

/// Kills one child of the service every second.
private func killHelpers(of service: RunningService, count: Double, for seconds: Double) async throws -> [Recovery] {
    var recoveries: [Recovery] = []
    let started = ContinuousClock.now
    for second in 1...Int(seconds) {
        try await Task.sleep(until: started + .seconds(second))
        let before = try await service.helpers()
        guard before.ready == count, let victim = service.family.children.randomElement() else { continue }
        let killed = ContinuousClock.now
        guard kill(victim, SIGKILL) == 0 else { continue }
        var times: [Double] = []
        for wanted in [count - 1, count] {
            let isBack = try await eventually(within: 10) {
                let now = try await service.helpers()
                return now.lost > before.lost && now.ready >= wanted
            }
            #expect(isBack, "no helper came in the place of a killed one")
            times.append((ContinuousClock.now - killed) / .seconds(1))
        }
        recoveries.append(Recovery(jobs: times[0], all: times[1]))
    }
    return recoveries
}

/// Small pictures like no others, fifty a second.
private final class SteadyUploads: Sendable {
    struct Ledger: Sendable {
        var acknowledged: [String: Data] = [:]
        var failures: [String] = []
        var slowest = 0.0
        fileprivate var runningCount = 0
    }

    private let client: HTTPClient
    private let state = Mutex(Ledger())

    /// Seconds between two.
    private static let interval = 0.02
    /// A machine that can't do fifty a second does what it can, without a queue that the service would have to refuse.
    private static let runningCountMax = 12

    init(_ client: HTTPClient) { self.client = client }

    var ledger: Ledger { state.withLock { $0 } }

    /// Returns when all are answered.
    func run(for seconds: Double) async throws {
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Int(seconds / Self.interval) {
                try await Task.sleep(until: started + .seconds(Double(number) * Self.interval))
                guard mayBegin() else { continue }
                group.addTask { try await self.upload(number) }
            }
            try await group.waitForAll()
        }
    }

    private func mayBegin() -> Bool {
        state.withLock { ledger in
            guard ledger.runningCount < Self.runningCountMax else { return false }
            ledger.runningCount += 1
            return true
        }
    }

    private func upload(_ number: Int) async throws {
        defer { state.withLock { $0.runningCount -= 1 } }
        let body =
            number.isMultiple(of: 2)
            ? try Materials.uniqueJPEG(commentOf: 200, of: "orientation_1.jpg")
            : try Materials.uniquePNG(commentOf: 200)
        let answer = try await client.post(body)
        let id = try? answer.json(OriginalInfo.self).id
        state.withLock { ledger in
            ledger.slowest = max(ledger.slowest, answer.seconds)
            if answer.status == 201, let id {
                ledger.acknowledged[id] = body
            } else {
                ledger.failures.append("\(answer.status): \(answer.text.prefix(200))")
            }
        }
    }
}
