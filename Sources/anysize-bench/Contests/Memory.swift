import Foundation

/// What the service and its helpers have resident.
struct Memory {
    let bench: Bench

    /// After as many distinct renders as were asked for, beside the first thousand, and beside each tenth of the way: what grows
    /// until tiers and allocators are full levels off, and what leaks doesn't.
    func endurance() throws -> [Contest] {
        // A memory tier that is full after the first thousand: what is looked for is what grows besides. The disk tier has to hold
        // the levels, so its index grows for a while.
        let anysize = try AnysizeServer(bench, ["cache.memory.bytes": "2MB", "cache.disk.bytes": "100MB"])
        let originals = try (0..<50).map { number in
            try anysize.upload(bench.photographs.all[number % bench.photographs.all.count].copy(number))
        }
        let counter = Counter()
        func renders(until last: Int) throws -> Sample {
            var sample = try anysize.sample(connections: bench.cores * 2) { _ in
                guard counter.value < last else { return nil }
                let number = counter.next()
                let quality = 40 + number / 50 / 4096 % 50
                return .get(originals[number % 50].part(number / 50, width: 80, "&q=\(quality)"))
            }
            sample.bytes = anysize.child.tree.byteCount
            return sample
        }
        let stages = [1000] + (1...10).map { bench.renderCount / 10 * $0 }.filter { $0 > 1000 }
        let samples = try stages.map { (name: "after \($0)", sample: try renders(until: $0)) }
        return [
            Contest(
                name: "memory after \(stages.last ?? 0) distinct renders",
                contenders: [Contender(name: "Anysize") { _ in samples[samples.count - 1].sample }]
                    + samples.dropLast().map { stage in Contender(name: stage.name) { _ in stage.sample } },
                bounds: [.atMost(1.1, .bytes, of: samples[0].name)], roundCountMax: 1)
        ]
    }

    /// The peak of renders from large originals.
    func peaks() throws -> [Contest] {
        let large = try enlarged(toPixelCount: 99_000_000)
        let usual = try enlarged(toPixelCount: 24_000_000)
        return [
            Contest(
                name: "peak memory, one render of 99 MP",
                contenders: [Contender(name: "Anysize") { _ in try peak(of: large, copies: 1) }], roundCountMax: 1),
            Contest(
                name: "peak memory, 32 renders of 24 MP at once",
                contenders: [Contender(name: "Anysize") { _ in try peak(of: usual, copies: 32) }], roundCountMax: 1),
        ]
    }

    /// Without tiers, so that each is a render of all its pixels.
    private func peak(of photograph: Photograph, copies: Int) throws -> Sample {
        let settings = [
            "cache.memory.bytes": "0", "cache.disk.bytes": "0", "render.queue.seconds": "120",
            "render.deadline.seconds": "120",
        ]
        let anysize = try AnysizeServer(bench, settings)
        let originals = try (0..<copies).map { try anysize.upload(photograph.copy($0)) }
        let peak = PeakMemory(of: anysize.child.tree)
        var rest = originals.map { Request.get($0.path("w=1600")) }
        var sample = try anysize.sample(connections: copies) { _ in rest.popLast() }
        sample.bytes = peak.end()
        return sample
    }

    private func enlarged(toPixelCount count: Int) throws -> Photograph {
        let (source, path) = (bench.photographs.main, "\(bench.scratch.path)/\(count).jpg")
        let scale = (Double(count) / Double(source.pixelCount)).squareRoot()
        try Commands(bench: bench).run(
            bench.program("vips"), ["resize", source.path, path + "[Q=85]", "\(scale)"])
        guard let photograph = Photograph(path) else { throw Failure("no enlarged photograph") }
        return photograph
    }
}

/// Looks again and again, on a thread of its own.
private final class PeakMemory: @unchecked Sendable {
    private let lock = NSLock()
    private var most = 0
    private var isEnded = false
    private var thread: Thread?

    init(of tree: ProcessTree) {
        let thread = Thread { [self] in
            while !lock.withLock({ isEnded }) {
                let now = tree.byteCount
                lock.withLock { most = max(most, now) }
                usleep(20_000)
            }
        }
        self.thread = thread
        thread.start()
    }

    func end() -> Int {
        lock.withLock {
            isEnded = true
            return most
        }
    }
}
