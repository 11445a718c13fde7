import AnysizeCore
import AnysizeTesting
import Logging
import NIOCore
import Testing

@testable import AnysizeEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// Real helpers: processes of the real program. Serialized, since they are many and cores are few.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HelperPoolTests {
    /// Beside the test bundle, where the build puts all products.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/anysize"
    }()

    func withPool<Value>(
        jobs: Int = 2, _ change: (inout HelperPool.Configuration) -> Void = { _ in },
        _ work: (HelperPool, HelperDecoder) async throws -> Value
    ) async throws -> Value {
        var configuration = HelperPool.Configuration(executable: Self.program, jobCount: jobs)
        change(&configuration)
        let pool = HelperPool(configuration, logger: Logger(label: "helpers") { _ in SwiftLogNoOpLogHandler() })
        _ = try await pool.start()
        let watching = Task { try await pool.run() }
        defer {
            watching.cancel()
            pool.stop()
        }
        let limits = HeaderLimits(extraFormats: Set(configuration.extraFormats))
        return try await work(pool, HelperDecoder(pool: pool, limits: limits))
    }

    /// Shut in, where no file can be opened any more: fonts are at hand, in every size, and as in this process.
    @Test func textAndOverlaysAreRenderedAsInThisProcess() async throws {
        try await withPool(jobs: 1) { _, decoder in
            let bytes = try Fixture.original("photo.jpg")
            let deadline = ContinuousClock.now + .seconds(300)
            let examined = try await decoder.examine(bytes, pyramid: Pyramid(), deadline: deadline)
            let level = try #require(examined.levels.first)
            for font in CaptionFont.allCases {
                for size in [5, 23, 33, 150, 301] {
                    let settled = try Recipe(
                        query:
                            "w=300&overlay=x&overlay-w=40&text=Rég%D7%A9%D9%85%E6%BC%A2&text-font=\(font.rawValue)&text-size=\(size)"
                    ).settled(for: examined.facts, overlay: examined.facts)
                    let source = try #require(
                        OverlaySource(Digest(of: bytes), examined.facts, for: settled, of: Pyramid()))
                    let overlay = examined.levels.first { $0.place == source.level }
                    let plan = RenderPlan.make(
                        settled, for: examined.facts, from: .level(level.place), overlay: source)
                    let here = try await Pictures.renderer.render(
                        level, overlay: overlay, plan: plan, deadline: deadline)
                    let there = try await decoder.render(level, overlay: overlay, plan: plan, deadline: deadline)
                    #expect(here.variant == there.variant, "\(font) \(size)")
                    let fromOriginal = RenderPlan.make(
                        settled, for: examined.facts, from: .original, overlay: source)
                    #expect(
                        try await decoder.render(bytes, overlay: overlay, plan: fromOriginal, deadline: deadline)
                            .variant
                            == Pictures.renderer.render(
                                bytes, overlay: overlay, plan: fromOriginal, deadline: deadline
                            ).variant, "\(font) \(size)")
                }
            }
        }
    }

    @Test func everyOriginalIsExaminedAndRenderedAsInThisProcess() async throws {
        try await withPool { _, decoder in
            for name in try Fixture.originalNames() {
                let bytes = try Fixture.original(name)
                let deadline = ContinuousClock.now + .seconds(300)
                let here = try await Pictures.renderer.examine(bytes, pyramid: Pyramid(), deadline: deadline)
                let there = try await decoder.examine(bytes, pyramid: Pyramid(), deadline: deadline)
                #expect(here.facts == there.facts, "\(name)")
                #expect(here.levels == there.levels, "\(name)")
                let exif = try await Pictures.renderer.exif(of: bytes, deadline: deadline)
                #expect(try await decoder.exif(of: bytes, deadline: deadline) == exif, "\(name)")
                let plan = RenderPlan.make(
                    try Recipe(query: "w=50&format=webp").settled(for: there.facts), for: there.facts, from: .original)
                #expect(
                    try await decoder.render(bytes, plan: plan, deadline: deadline).variant
                        == Pictures.renderer.render(bytes, plan: plan, deadline: deadline).variant,
                    "\(name)")
            }
        }
    }

    @Test func helpersAreShutInAsFarAsThisSystemLets() async throws {
        let configuration = HelperPool.Configuration(executable: Self.program, jobCount: 1)
        let pool = HelperPool(configuration, logger: Logger(label: "helpers") { _ in SwiftLogNoOpLogHandler() })
        let confinement = try await pool.start()
        defer { pool.stop() }
        #expect(
            Set(confinement.held).isSuperset(of: [
                "parent-death", "no-new-privileges", "no-capabilities", "limits", "not-dumpable",
            ]))
        #expect(confinement.held.count + confinement.missing.count == 8)
    }

    @Test func oneThatIsKilledAtWorkCostsNothingButTime() async throws {
        try await withJobOfAHelper { victims in
            for id in victims { kill(id, SIGKILL) }
        }
    }

    @Test func oneThatStandsStillAtWorkIsReplaced() async throws {
        let stopped = try await withJobOfAHelper { victims in
            for id in victims { kill(id, SIGSTOP) }
        }
        // Gone, and not waiting for its deadline.
        await eventually { stopped.allSatisfy { kill($0, 0) != 0 } }
    }

    /// Does harm to the helper that has a job, which must be done nevertheless.
    @discardableResult
    private func withJobOfAHelper(_ harm: (Set<Int32>) -> Void) async throws -> Set<Int32> {
        try await withPool { pool, decoder in
            let bytes = try Fixture.original("photo.jpg")
            let before = Set(pool.idleProcessIDs)
            let job = Task {
                try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(300))
            }
            await eventually { pool.counts.busy == 1 }
            let victims = before.subtracting(pool.idleProcessIDs)
            harm(victims)
            #expect(try await job.value.levels.count > 0)
            return victims
        }
    }

    @Test func allThatAreKilledAtRestAreReplaced() async throws {
        try await withPool { pool, decoder in
            await eventually { pool.counts.idle == 3 }
            let dead = pool.idleProcessIDs
            for id in dead { kill(id, SIGKILL) }
            let bytes = try Fixture.original("alpha.png")
            #expect(try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(30)).facts.hasAlpha)
            await eventually { pool.counts.idle == 3 }
            #expect(Set(pool.idleProcessIDs).isDisjoint(with: dead))
        }
    }

    @Test func aPassedDeadlineEndsTheJobAndTheNextOneFindsAHelper() async throws {
        try await withPool(jobs: 1) { _, decoder in
            let bytes = try Fixture.original("photo.jpg")
            await #expect {
                try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .milliseconds(5))
            } throws: { error in
                if case .deadlinePassed = error as? RenderError { true } else { false }
            }
            #expect(
                try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(300)).levels.count > 0)
        }
    }

    @Test func aCancelledJobEndsAndItsHelperIsFreeAgain() async throws {
        try await withPool(jobs: 1) { pool, decoder in
            let bytes = try Fixture.original("photo.jpg")
            let facts = try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(300)).facts
            let settled = try Recipe(query: "w=6000&h=6000&fit=stretch&upscale=1&format=webp&lossless=1")
                .settled(for: facts)
            let job = Task {
                try await decoder.render(
                    bytes, plan: .make(settled, for: facts, from: .original), deadline: .now + .seconds(120))
            }
            await eventually { pool.counts.busy == 1 }
            try await Task.sleep(for: .milliseconds(500))
            let started = ContinuousClock.now
            job.cancel()
            await #expect {
                try await job.value
            } throws: { error in
                if case .cancelled = error as? RenderError { true } else { false }
            }
            #expect(ContinuousClock.now - started < .seconds(3))
            #expect(
                try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(300)).levels.count > 0)
        }
    }

    @Test func tooMuchMemoryIsTheOriginalsFault() async throws {
        try await withPool(jobs: 1) {
            $0.memoryByteCountMax = 1_000_000_000
        } _: { _, decoder in
            let bytes = try Fixture.original("photo.jpg")
            let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(300))
            let settled = try Recipe(query: "w=6000&h=6000&fit=stretch&upscale=1&format=avif").settled(for: facts)
            await #expect {
                try await decoder.render(
                    bytes, plan: .make(settled, for: facts, from: .original), deadline: .now + .seconds(120))
            } throws: { error in
                switch error as? RenderError {
                case .fatal, .failed, .undecodable: true
                default: false
                }
            }
            #expect(
                try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(300)).levels.count > 0)
        }
    }

    @Test func helpersAreReplacedAfterSomeJobs() async throws {
        try await withPool(jobs: 1) {
            $0.lifetimeJobCount = 3
        } _: { pool, decoder in
            await eventually { pool.counts.idle == 2 }
            let first = Set(pool.idleProcessIDs)
            for _ in 0..<8 {
                _ = try await decoder.examine(SamplePicture.png, pyramid: Pyramid(), deadline: .now + .seconds(30))
            }
            await eventually { pool.counts.idle == 2 }
            #expect(Set(pool.idleProcessIDs).isDisjoint(with: first))
        }
    }

    @Test func aProgramThatIsNoHelperIsAClearFault() async throws {
        let configuration = HelperPool.Configuration(executable: "/bin/false", jobCount: 1)
        let pool = HelperPool(configuration, logger: Logger(label: "helpers") { _ in SwiftLogNoOpLogHandler() })
        let watching = Task { try await pool.run() }
        defer {
            watching.cancel()
            pool.stop()
        }
        let decoder = HelperDecoder(pool: pool, limits: HeaderLimits())
        await #expect {
            try await decoder.examine(SamplePicture.png, pyramid: Pyramid(), deadline: .now + .seconds(1))
        } throws: { error in
            if case .unavailable = error as? RenderError { true } else { false }
        }
    }

    @Test func aRehearsalGoesThroughEveryHelper() async throws {
        try await withPool { pool, _ in
            await eventually { pool.counts.idle == 3 }
            try await pool.rehearse()
            for id in pool.idleProcessIDs { kill(id, SIGSTOP) }
            await #expect(throws: RenderError.self) { try await pool.rehearse() }
        }
    }

    /// The same work in this process and in a helper, in turn.
    @Test func aHelperAddsLittleToAJob() async throws {
        let added = try await withPool(jobs: 1) { _, decoder in
            let bytes = try Fixture.original("photo.jpg")
            let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(300))
            let plan = RenderPlan.make(
                try Recipe(query: "w=320").settled(for: facts), for: facts, from: .original)
            var (here, there): ([Double], [Double]) = ([], [])
            for _ in 0..<40 {
                var started = ContinuousClock.now
                _ = try await Pictures.renderer.render(bytes, plan: plan, deadline: .now + .seconds(300))
                here.append((ContinuousClock.now - started).seconds)
                started = .now
                _ = try await decoder.render(bytes, plan: plan, deadline: .now + .seconds(300))
                there.append((ContinuousClock.now - started).seconds)
            }
            return (there.sorted()[20] - here.sorted()[20]) * 1000
        }
        print("a helper adds \((added * 100).rounded() / 100) ms to a job, in the median")
        // Four on an idle machine, which only a long run has; other tests run beside this one.
        let isAlone = ProcessInfo.processInfo.environment["ANYSIZE_SOAK"] != nil
        #expect(added < (isAlone ? 4 : 12))
    }
}
