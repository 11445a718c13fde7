import Foundation
import Synchronization

/// The way of many files through one service.
///
/// Where that dies it is started again, so that one bad file doesn't hide another; whose fault it was is found out by
/// taking those that were under way once more, each alone.
final class HostileRun: Sendable {
    private struct State {
        var queue: [URL]
        var counts: [Int: Int] = [:]
        /// How long each file took: its upload alone, and with its render.
        var times: [(name: String, upload: Double, total: Double)] = []
        var unknownCount = 0
        var excused: [String] = []
        var faults: [String] = []
        var suspects: [URL] = []
        var deaths: [String] = []
        var peakMB = 0.0
    }

    private let state: Mutex<State>
    private let service: RunningService
    private let index: CorpusIndex?
    private let reviver: Reviver

    /// - Parameter index: what each file's answer must be; nil where any decent one will do.
    init(_ files: [URL], _ service: RunningService, expecting index: CorpusIndex?) {
        state = Mutex(State(queue: files.reversed()))
        self.service = service
        self.index = index
        reviver = Reviver(service: service)
    }

    var faults: [String] { state.withLock { $0.faults } }
    /// The files that killed the process, and what it said.
    var deaths: [String] { state.withLock { $0.deaths } }
    /// The most memory that the process had resident, those that died included.
    var peakMB: Double { state.withLock { $0.peakMB } }
    /// Of the upload request alone.
    var slowestUploadSeconds: Double { state.withLock { $0.times.map(\.upload).max() ?? 0 } }
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
        let bytes = try Data(contentsOf: file)
        let started = ContinuousClock.now
        let uploaded = try await service.client.post(bytes)
        note(name, uploaded)
        compare(name, bytes, uploaded)
        if uploaded.status == 200 || uploaded.status == 201 { try await fetch(name, uploaded) }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let peakMB = service.residentPeakMB
        state.withLock { state in
            state.times.append((name, uploaded.seconds, seconds))
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

    /// Holds for every file, whatever a table says of it.
    private func note(_ name: String, _ answer: Answer) {
        let isExpected = [200, 201, 400, 413, 415, 422].contains(answer.status)
        let isExplained = answer.status < 300 || answer.problem != nil
        state.withLock { state in
            state.counts[answer.status, default: 0] += 1
            if !isExpected || !isExplained {
                state.faults.append("upload of \(name): \(answer.status) \(answer.text.prefix(200))")
            }
        }
    }

    /// Compares the answer with the table's.
    private func compare(_ name: String, _ bytes: Data, _ answer: Answer) {
        guard let index else { return }
        guard let expected = index.expectation(of: name) else { return state.withLock { $0.unknownCount += 1 } }
        guard !expected.statuses.contains(answer.status) else { return }
        let line =
            "\(name): \(answer.status) \(answer.problem?.detail ?? "") where the table has: \(expected)"
        state.withLock { state in
            if let excuse = HostileExcuse.find(status: answer.status, bytes: bytes) {
                state.excused.append("\(line) [\(excuse)]")
            } else {
                state.faults.append(line)
            }
        }
    }

    /// What was taken must be servable too.
    private func fetch(_ name: String, _ uploaded: Answer) async throws {
        let id = try uploaded.json(OriginalInfo.self).id
        let answer = try await service.client.variant(id, "w=64&format=jpeg")
        guard answer.status != 200 || PictureHeader(answer.body)?.format != "jpeg" else { return }
        state.withLock { state in
            state.faults.append("\(name) was taken, but w=64 is \(answer.status): \(answer.text.prefix(200))")
        }
    }

    var summary: String {
        state.withLock { state in
            let counts = state.counts.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
            var lines = ["uploads: " + counts.joined(separator: ", ")]
            if index != nil { lines.append("\(state.unknownCount) files of which the table doesn't tell a status") }
            var table = TextTable("slowest", "upload s", "with render s")
            let slowest = state.times.sorted { $0.upload > $1.upload }
            // All beyond ten seconds, and a few more to know where the end is.
            for (index, entry) in slowest.enumerated() where index < 8 || entry.upload > 10 {
                table.add(entry.name, Self.rounded(entry.upload), Self.rounded(entry.total))
            }
            lines.append(table.text)
            lines += state.excused.map { "another answer, and right: \($0)" }
            return lines.joined(separator: "\n")
        }
    }

    private static func rounded(_ seconds: Double) -> String { String(Double(Int(seconds * 100)) / 100) }
}
