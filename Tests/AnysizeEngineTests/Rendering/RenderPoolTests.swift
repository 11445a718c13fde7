import AnysizeCore
import AnysizeTesting
import Testing

@testable import AnysizeEngine

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct RenderPoolTests {
    /// Starts libvips.
    init() { _ = Pictures.renderer }

    @Test func aRehearsalIsWellWhereThreadsAreIdleOrAtWork() async throws {
        let pool = RenderPool(threadCount: 2)
        try await pool.rehearseAll()
        try await pool.rehearse()
        let gate = Shared(false)
        async let job: Void = pool.run { while !gate.value { usleep(1000) } }
        await eventually { pool.runningCount == 1 }
        try await pool.rehearse()
        gate.change { $0 = true }
        try await job
        #expect(pool.runningCount == 0)
        await pool.stop()
    }

    @Test func aThreadThatHangsIsFoundThoughOthersCanRender() async throws {
        let pool = RenderPool(threadCount: 2)
        let gate = Shared(false)
        async let job: Void = pool.run { while !gate.value { usleep(1000) } }
        await eventually { (pool.oldestJobSeconds ?? 0) > 0.05 }
        await #expect(throws: RenderError.self) { try await pool.rehearse(hangSeconds: 0.05) }
        gate.change { $0 = true }
        try await job
        try await pool.rehearse(hangSeconds: 0.05)
        await pool.stop()
    }
}
