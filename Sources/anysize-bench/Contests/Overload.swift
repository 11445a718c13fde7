import Foundation

/// More than the machine can render.
struct Overload {
    let bench: Bench
    private let anysize: AnysizeServer
    private let originals: [AnysizeServer.Original]
    private let counter = Counter()

    init(_ bench: Bench) throws {
        self.bench = bench
        let anysize = try AnysizeServer(bench)
        self.anysize = anysize
        originals = try (0..<20).map { try anysize.upload(bench.photographs.main.copy($0)) }
    }

    /// A first render, of which there are 80,000.
    private func render(isRefusable: Bool = false) -> Request {
        let number = counter.next()
        let path = originals[number % originals.count].part(number / originals.count, width: 320)
        return .get(path, refusable: isRefusable)
    }

    /// First renders as fast as they can be had.
    private func capacity(seconds: Double) throws -> Sample {
        try anysize.sample(connections: bench.cores * 4, seconds: seconds) { _ in render() }
    }

    /// How long hits take, which come at a steady rate, while renders take all cores.
    func hitsBesideRenders() throws -> [Contest] {
        let hits = originals.map { Request.get($0.path("w=320")) }
        for hit in hits { _ = try fetch(hit, port: anysize.port) }
        func paced() throws -> Sample {
            let load = PacedLoad(port: anysize.port, rate: 200, connectionCountMax: 64)
            let counter = Counter()
            return Sample(
                try load.run(seconds: max(bench.seconds, 5)) { hits[counter.next() % hits.count] }.only(200),
                processorSeconds: nil)
        }
        return [
            Contest(
                name: "hits at 200 a second, while renders take all cores",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        let renders = try Background { isEnded in
                            _ = try anysize.sample(connections: bench.cores * 4) { _ in isEnded() ? nil : render() }
                        }
                        let sample = try paced()
                        try renders.end()
                        return sample
                    },
                    Contender(name: "hits alone") { _ in try paced() },
                ],
                bounds: [.atMost(3, .p99, of: "hits alone")])
        ]
    }

    /// Ten times what the machine can render, for five seconds or more.
    func tenfold() throws -> [Contest] {
        var refused: [Sample] = []
        return [
            Contest(
                name: "goodput, ten times the renders that the machine can do",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        let rate = try capacity(seconds: 2).perSecond * 10
                        let load = PacedLoad(port: anysize.port, rate: rate, connectionCountMax: 4000)
                        let result = try load.run(seconds: max(bench.seconds, 5)) { render(isRefusable: true) }
                        refused.append(Sample(result.only(503), processorSeconds: nil))
                        return Sample(result.only(200), processorSeconds: nil)
                    },
                    Contender(name: "as many as it can do") { _ in try capacity(seconds: max(bench.seconds, 5)) },
                ],
                bounds: [.atLeast(0.95, .throughput, of: "as many as it can do")]),
            Contest(
                name: "refusals meanwhile",
                contenders: [Contender(name: "Anysize") { round in refused[round] }],
                bounds: [.atMost(0.05, .p99, of: nil)]),
        ]
    }
}

/// Work on a thread of its own, until it is told to end.
private final class Background: @unchecked Sendable {
    private let lock = NSLock()
    private var isEnded = false
    private var failure: (any Error)?
    private let done = DispatchSemaphore(value: 0)

    /// - Parameter work: asks again and again whether it should end.
    init(_ work: @escaping (_ isEnded: () -> Bool) throws -> Void) throws {
        let work = Uncrossed(work: work)
        Thread { [self] in
            do { try work.work { self.lock.withLock { self.isEnded } } } catch {
                lock.withLock { failure = error }
            }
            done.signal()
        }.start()
    }

    func end() throws {
        lock.withLock { isEnded = true }
        done.wait()
        if let failure = lock.withLock({ failure }) { throw failure }
    }

    /// The one who started it waits for its end before it touches the same things again.
    private struct Uncrossed: @unchecked Sendable {
        let work: (() -> Bool) throws -> Void
    }
}
