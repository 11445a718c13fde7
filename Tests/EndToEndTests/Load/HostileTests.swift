import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// Files that were made to do harm, and odd ones that weren't: the process lives, answers, and does nothing else.
    @Suite struct Hostile {
        @Test(.timeLimit(.minutes(5)))
        func ownHostileFixturesAreRefusedOrServedAndHarmNobody() async throws {
            try await checkHarmless(Materials.fixtures("hostile"))
        }

        /// Smaller than the smallest block that a decoder may shrink to nothing.
        @Test(
            .timeLimit(.minutes(1)), arguments: ["w=1&h=1", "w=3&h=3", "w=7&h=7", "w=1&h=400", "w=400&h=2", "w=8&h=8"])
        func aJPEGOfFewPixelsIsAPictureLikeAnyOther(_ box: String) async throws {
            try await withService { service in
                let client = service.client
                let id = try await client.upload(Materials.fixture("photo.jpg")).id
                let small = try await client.variant(id, box + "&fit=stretch&format=jpeg")
                let header = try #require(PictureHeader(small.body))
                let info = try await client.upload(small.body)
                #expect(info.size == header.size)
                let answer = try await client.variant(info.id, "w=512&format=png")
                #expect(answer.status == 200 && PictureHeader(answer.body)?.size == header.size)
            }
        }

        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(20)))
        func sharedHostileFilesAreRefusedOrServedAndHarmNobody() async throws {
            try await checkHarmless(try #require(Materials.shared("hostile/dev")))
        }

        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(20)))
        func sharedFilesOfEveryFormatAreRefusedOrServedAndHarmNobody() async throws {
            try await checkHarmless(try #require(Materials.shared("formats")))
        }
    }
}

/// Uploads every file, two at a time, and fetches what was taken, while another client asks for a hit ten times a second.
private func checkHarmless(_ files: [URL]) async throws {
    try #require(!files.isEmpty)
    try #require(canaries.isEmpty, "left by somebody else: \(canaries)")
    // Where the files' payloads would call if they were run.
    let trap = try RawListener(port: 9999)
    try await withService { service in
        let id = try await service.client.upload(Materials.fixture("photo.jpg")).id
        let hit = "/img/\(id)?w=100&format=jpeg"
        #expect(try await service.client.get(hit).origin == "render")
        let before = service.residentPeakMB
        let probe = HitProbe(service, path: hit, every: 0.1)
        let run = HostileRun(files, service)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { while let file = run.next() { try await run.take(file) } } }
            try await group.waitForAll()
        }
        try await run.takeSuspectsAlone()
        let hits = probe.stop()
        let peak = run.peakMB
        print(run.summary)
        print(
            "\(hits.count) hits meanwhile, p99 \(hits.percentile(0.99)) s, slowest \(hits.percentile(1)) s; "
                + "peak \(peak) MB, before \(before) MB"
        )
        #expect(run.deaths.isEmpty, "\(run.deaths.joined(separator: "\n"))")
        #expect(hits.faults.isEmpty)
        #expect(hits.count > 1)
        #expect(peak < 1500)
        #expect(canaries.isEmpty, "\(canaries)")
        #expect(!trap.hasVisitor())
        #expect(service.stagedFiles == [])
        for fault in run.faults { Issue.record("\(fault)") }
    }
}

/// Files that a payload leaves where it was run.
private var canaries: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "/tmp"))?.filter { $0.hasPrefix("anysize-canary-") } ?? []
}

/// The way of many files through one service.
///
/// Where that dies it is started again, so that one bad file doesn't hide another; whose fault it was is found out by
/// taking those that were under way once more, each alone.
private final class HostileRun: Sendable {
    private struct State {
        var queue: [URL]
        var counts: [Int: Int] = [:]
        var slow: [(name: String, seconds: Double)] = []
        var unservable: [String] = []
        var faults: [String] = []
        var suspects: [URL] = []
        var deaths: [String] = []
        var peakMB = 0.0
    }

    private let state: Mutex<State>
    private let service: RunningService
    private let reviver: Reviver

    init(_ files: [URL], _ service: RunningService) {
        state = Mutex(State(queue: files.reversed()))
        self.service = service
        reviver = Reviver(service: service)
    }

    var faults: [String] { state.withLock { $0.faults } }
    /// The files that killed the process, and what it said.
    var deaths: [String] { state.withLock { $0.deaths } }
    /// The most memory that the process had resident, those that died included.
    var peakMB: Double { state.withLock { $0.peakMB } }
    func next() -> URL? { state.withLock { $0.queue.popLast() } }

    func take(_ file: URL) async throws {
        do { try await attempt(file) } catch {
            state.withLock { $0.suspects.append(file) }
            _ = try await reviver.revive()
        }
    }

    func takeSuspectsAlone() async throws {
        for file in state.withLock({ $0.suspects }) {
            do { try await attempt(file) } catch {
                let words = try await reviver.revive()
                state.withLock { $0.deaths.append("\(Self.name(of: file)): \(words ?? "\(error)")") }
            }
        }
    }

    /// - Throws: where the connection fails, which a mere refusal doesn't do.
    private func attempt(_ file: URL) async throws {
        let name = Self.name(of: file)
        let started = ContinuousClock.now
        let uploaded = try await service.client.post(Data(contentsOf: file))
        note(name, uploaded)
        if uploaded.status == 200 || uploaded.status == 201 { try await fetch(name, uploaded) }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let peakMB = service.residentPeakMB
        state.withLock { state in
            state.slow.append((name, seconds))
            state.peakMB = max(state.peakMB, peakMB)
        }
    }

    private static func name(of file: URL) -> String { file.pathComponents.suffix(2).joined(separator: "/") }

    /// Starts a service again that has died, once for all who notice.
    private actor Reviver {
        let service: RunningService

        init(service: RunningService) { self.service = service }

        /// - Returns: what the process said when it died; nil where it lives.
        func revive() async throws -> String? {
            // The connection may be gone a little before the process is.
            guard await eventually(within: 1, { !self.service.isRunning }) else { return nil }
            let code = await service.waitForEnd()
            let words = service.log.split(separator: "\n").filter { !$0.hasPrefix("{") }.prefix(3)
            try await service.start()
            return "exit \(code), \(words.joined(separator: " / "))"
        }
    }

    private func note(_ name: String, _ answer: Answer) {
        let isExpected = [200, 201, 413, 415, 422].contains(answer.status)
        let isExplained = answer.status < 300 || answer.problem != nil
        state.withLock { state in
            state.counts[answer.status, default: 0] += 1
            if !isExpected || !isExplained {
                state.faults.append("upload of \(name): \(answer.status) \(answer.text.prefix(200))")
            }
        }
    }

    private func fetch(_ name: String, _ uploaded: Answer) async throws {
        let id = try uploaded.json(OriginalInfo.self).id
        let answer = try await service.client.variant(id, "w=64&format=jpeg")
        let isServed = answer.status == 200 && PictureHeader(answer.body)?.format == "jpeg"
        state.withLock { state in
            if !isServed { state.unservable.append("\(name): \(answer.status) \(answer.problem?.detail ?? "")") }
            if !isServed, answer.status != 422 {
                state.faults.append("\(name) was taken, but w=64 is \(answer.status): \(answer.text.prefix(200))")
            }
        }
    }

    var summary: String {
        state.withLock { state in
            let counts = state.counts.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
            var lines = ["uploads: " + counts.joined(separator: ", ")]
            var table = TextTable("slowest", "seconds")
            let slowest = state.slow.sorted { $0.seconds > $1.seconds }
            // All beyond ten seconds, and a few more to know where the end is.
            for (index, entry) in slowest.enumerated() where index < 8 || entry.seconds > 10 {
                table.add(entry.name, String(Double(Int(entry.seconds * 100)) / 100))
            }
            lines.append(table.text)
            lines += state.unservable.map { "taken but not served: \($0)" }
            return lines.joined(separator: "\n")
        }
    }
}
