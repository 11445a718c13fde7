import Foundation
import Testing

extension EndToEnd {
    /// Files that were made to do harm and that nobody has looked at: they lie in the data directory when the service starts.
    @Suite struct PastUpload {
        @Test(
            .enabled(if: Materials.hasShared), .timeLimit(.minutes(20)),
            arguments: [
                Passage(claim: .ownSize, recipes: [Passage.small, Passage.large]),
                Passage(claim: .ownSize, recipes: [Passage.large, Passage.small]),
                Passage(claim: .anySize, recipes: [Passage.large, Passage.small]),
                Passage(corpus: "formats", claim: .ownSize, recipes: [Passage.small]),
            ]
        )
        func hostileFilesThatCamePastTheUploadHarmNobodyAndAreSetAside(_ passage: Passage) async throws {
            let files = try #require(Materials.shared(passage.corpus))
            try await Scratch.withDirectory { directory in
                let entries = try await StoredOriginals.put(files, into: directory, claiming: passage.claim)
                try await check(entries, passage, in: directory)
            }
        }
    }
}

/// What is asked of each stored file, in which order.
struct Passage: Sendable, CustomTestStringConvertible {
    var corpus = "hostile/dev"
    let claim: StoredOriginals.Claim
    let recipes: [String]

    /// Served from a level, which must be made first.
    static let small = "w=64&format=jpeg"
    /// So large that it is always rendered from the original.
    static let large = "w=2300&h=2300&fit=stretch&upscale=1&format=jpeg"

    var testDescription: String { "\(corpus), \(claim), \(recipes[0]) first" }
}

private func check(_ entries: [StoredOriginals.Entry], _ passage: Passage, in directory: String) async throws {
    try await withHarmWatch { watch in
        try await withService(dataDirectory: directory) { service in
            try await watch.begin(service)
            let process = service.processID
            let run = PastUploadRun(entries, passage.recipes, service)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { while let entry = run.next() { try await run.take(entry) } } }
                try await group.waitForAll()
            }
            watch.end()
            #expect(service.isRunning && service.processID == process)
            print("\(passage.testDescription): \(run.summary)")
            #expect(run.slowestSeconds < 10)
            let marked = try await checkSetAside(run.marked, by: service)
            try await service.restart()
            // The marks' files were written by the process that has ended.
            _ = try await checkSetAside(marked, by: service)
            for fault in run.faults { Issue.record("\(fault)") }
        }
    }
}

/// Asks for each, one after the other, and compares with what its mark has announced.
/// - Returns: those that have a mark now, and until when.
private func checkSetAside(_ marked: [PastUploadRun.Marked], by service: RunningService) async throws
    -> [PastUploadRun.Marked]
{
    var left: [PastUploadRun.Marked] = []
    var attempts = 0
    let before = try await service.helperJobCount()
    for entry in marked {
        let answer = try await service.client.get(entry.path)
        let isSetAside = answer.problem?.type == PastUploadRun.setAside
        let hasEnded = entry.until <= .now
        #expect(isSetAside || hasEnded, "\(entry.name): \(answer.status) \(answer.text.prefix(200))")
        if !isSetAside { attempts += 1 }
        // Too slow for a busy machine the first time, and not now: that may be, and its mark is gone.
        if answer.status == 200 { continue }
        // Where its time was over, the attempt that was made has left the next mark, which holds for longer.
        let next = isSetAside ? answer : try await service.client.get(entry.path)
        if let mark = PastUploadRun.Marked(entry.name, entry.path, next) {
            left.append(mark)
        } else {
            Issue.record("\(entry.name) was \(answer.status), and has no mark: \(next.status) \(next.text.prefix(200))")
        }
    }
    let jobs = try await service.helperJobCount() - before
    print("\(marked.count) asked for again: \(attempts) whose mark had ended, \(jobs) jobs of helpers")
    // A job is done by at most two helpers.
    #expect(jobs <= Double(2 * attempts))
    return left
}

extension RunningService {
    /// Jobs that helpers have ended, or that have ended a helper.
    fileprivate func helperJobCount() async throws -> Double {
        let all = try await metrics()
        let lost = all.filter { $0.key.hasPrefix("anysize_helpers_lost_total") }.values.reduce(0, +)
        return lost + (all["anysize_helper_job_seconds_count"] ?? 0)
    }
}
