import AnysizeTesting
import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// Memory, after a long day.
    @Suite struct MemoryUse {
        @Test(.timeLimit(.minutes(60)))
        func memoryIsFlatOverManyUploadsAndRenders() async throws {
            let count = 400 * EndToEnd.soak
            // A cache that is full after the first quarter, so that what grows later isn't it.
            try await withService(["cache.memory.bytes": "8000000"]) { service in
                let work = MixedWork(service)
                let probe = MemoryProbe(service)
                defer { _ = probe.stop() }
                // First every helper gets its share of large pictures: an allocator keeps what its largest job needed.
                try await work.run(until: 400, clients: 4)
                print("warm: \(service.family.memory), \(work.counts)")
                // Looked at after each fortieth. Memory goes up and down with the last jobs, hence means.
                var looks: [Double] = []
                for part in 1...40 {
                    try await work.run(until: 400 + count * part / 40, clients: 2)
                    let memory = service.family.memory
                    looks.append(memory.megabytes)
                    if part.isMultiple(of: 4) { print("\(part * 10 / 4) %: \(memory), \(work.counts)") }
                }
                // Around the end of the first quarter, and the last eighth.
                let (quarter, end) = (mean(looks[7..<13]), mean(looks.suffix(5)))
                print("after a quarter \(Int(quarter)) MB, at the end \(Int(end)), at most \(Int(probe.stop()))")
                #expect(work.faults.isEmpty, "\(work.faults.prefix(5))")
                #expect(end <= quarter * 1.3 + 30)
            }
        }
    }
}

private func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

/// Uploads and renders of all kinds of the project's own pictures, the same ones in every run.
private final class MixedWork: Sendable {
    private struct State {
        var random = SeededRandom(seed: 12)
        var nextNumber = 0
        var ids: [String] = []
        var uploadCount = 0
        var renderCount = 0
        var faults: [String] = []
    }

    private let service: RunningService
    private let files = Materials.fixtures("originals")
    private let state = Mutex(State())

    init(_ service: RunningService) { self.service = service }

    var faults: [String] { state.withLock { $0.faults } }
    var counts: String { state.withLock { "\($0.uploadCount) uploads, \($0.renderCount) renders" } }

    /// Until so many have been begun since the start; returns when nothing runs.
    /// - Parameter clients: requests at a time.
    func run(until number: Int, clients: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask { while let job = self.next(before: number) { try await self.work(job) } }
            }
            try await group.waitForAll()
        }
    }

    private enum Job {
        case fixture(URL)
        case uniqueJPEG
        case uniquePNG
        case render(id: String, recipe: String)
    }

    private func next(before limit: Int) -> Job? {
        state.withLock { state in
            guard state.nextNumber < limit else { return nil }
            defer { state.nextNumber += 1 }
            // Each fixture once, and then again and again between renders of what is there.
            if state.nextNumber < files.count { return .fixture(files[state.nextNumber]) }
            let dice = Int.random(in: 0..<100, using: &state.random)
            guard dice >= 25, let id = state.ids.randomElement(using: &state.random) else {
                return dice < 10 ? .uniqueJPEG : dice < 20 ? .uniquePNG : .fixture(files[dice % files.count])
            }
            return .render(id: id, recipe: Self.recipe(&state.random))
        }
    }

    private static func recipe(_ random: inout SeededRandom) -> String {
        let format = ["jpeg", "jpeg", "webp", "png", "avif"].randomElement(using: &random) ?? "jpeg"
        let width = Int.random(in: 8...700, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        // From the original, by a helper.
        case 0: return "w=\(2300 + width / 8)&h=2000&fit=stretch&upscale=1&format=jpeg"
        case 1: return "w=\(width)&metadata=keep&format=jpeg"
        case 2: return "w=\(width)&h=\(width)&fit=cover&upscale=1&format=\(format)"
        default: return "w=\(width)&format=\(format)"
        }
    }

    private func work(_ job: Job) async throws {
        switch job {
        case .fixture(let file): try await upload(Data(contentsOf: file))
        case .uniqueJPEG: try await upload(Materials.uniqueJPEG(commentOf: 1000, of: "photo.jpg"))
        case .uniquePNG: try await upload(Materials.uniquePNG(commentOf: 1000))
        case .render(let id, let recipe):
            let answer = try await service.client.variant(id, recipe)
            state.withLock { state in
                state.renderCount += 1
                if answer.status != 200 {
                    state.faults.append("\(id) \(recipe): \(answer.status) \(answer.text.prefix(200))")
                }
            }
        }
    }

    private func upload(_ body: Data) async throws {
        let info = try await service.client.upload(body)
        state.withLock { state in
            state.uploadCount += 1
            // Not all that a long run uploads: renders keep to what may be cached by now, and to what is new.
            if state.ids.count < 60 { state.ids.append(info.id) } else { state.ids[state.uploadCount % 60] = info.id }
        }
    }
}
