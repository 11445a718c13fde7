import Foundation
import Synchronization

/// The way of stored files through one service that nobody has examined before.
final class PastUploadRun: Sendable {
    /// A file whose next request is to be answered without an attempt.
    struct Marked: Sendable {
        let name: String
        let path: String
        /// When the service would make another attempt.
        let until: ContinuousClock.Instant

        /// Nil where the answer isn't that of a mark.
        init?(_ name: String, _ path: String, _ answer: Answer) {
            guard answer.problem?.type == PastUploadRun.setAside else { return nil }
            self.name = name
            self.path = path
            // A mark without a time holds for good; an hour is as long for a test.
            until = .now + .seconds((answer["Retry-After"].flatMap { Int($0) } ?? 3600) - 1)
        }
    }

    static let setAside = "urn:anysize:problem:set-aside"

    private struct State {
        var queue: [StoredOriginals.Entry]
        var counts: [String: Int] = [:]
        var slow: [(name: String, seconds: Double)] = []
        var marked: [Marked] = []
        var faults: [String] = []
    }

    private let state: Mutex<State>
    private let recipes: [String]
    private let service: RunningService

    init(_ entries: [StoredOriginals.Entry], _ recipes: [String], _ service: RunningService) {
        state = Mutex(State(queue: entries.reversed()))
        self.recipes = recipes
        self.service = service
    }

    var faults: [String] { state.withLock { $0.faults } }
    var marked: [Marked] { state.withLock { $0.marked } }
    var slowestSeconds: Double { state.withLock { $0.slow.map(\.seconds).max() ?? 0 } }

    func next() -> StoredOriginals.Entry? { state.withLock { $0.queue.popLast() } }

    /// Asks for each recipe; one that fails is asked for again, which must be cheap.
    func take(_ entry: StoredOriginals.Entry) async throws {
        var mark: Marked?
        for recipe in recipes {
            let path = "/img/\(entry.id)?\(recipe)"
            let answer = try await service.client.get(path)
            note("\(entry.name) \(recipe)", answer)
            guard answer.status == 415 || answer.status == 422 else { continue }
            // Told by the first bytes, without a helper, and another setting would change it: no mark is needed, nor left.
            if answer.problem?.detail.contains("formats.extra") == true { continue }
            let again = try await service.client.get(path)
            mark = Marked(entry.name, path, again)
            guard mark == nil else { continue }
            let words = "\(again.status) \(again.problem?.detail ?? "")"
            fault("\(entry.name) \(recipe) was \(answer.status), and when asked for again \(words)")
        }
        if let mark { state.withLock { $0.marked.append(mark) } }
    }

    private func note(_ name: String, _ answer: Answer) {
        let isMark = answer.problem?.type == Self.setAside
        state.withLock { state in
            state.counts["\(answer.status)\(isMark ? " (set aside)" : "")", default: 0] += 1
            state.slow.append((name, answer.seconds))
        }
        let isServed = answer.status == 200 && PictureHeader(answer.body)?.format == "jpeg"
        let isRefused = [415, 422].contains(answer.status) && answer.problem != nil
        if !isServed, !isRefused { fault("\(name): \(answer.status) \(answer.text.prefix(200))") }
    }

    private func fault(_ words: String) { state.withLock { $0.faults.append(words) } }

    var summary: String {
        state.withLock { state in
            let counts = state.counts.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
            var table = TextTable("slowest", "seconds")
            for entry in state.slow.sorted(by: { $0.seconds > $1.seconds }).prefix(6) {
                table.add(entry.name, String(Double(Int(entry.seconds * 100)) / 100))
            }
            return counts.joined(separator: ", ") + ", \(state.marked.count) files with a mark\n" + table.text
        }
    }
}
