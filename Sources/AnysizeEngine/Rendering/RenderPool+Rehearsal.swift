package import AnysizeCore

import NIOCore
import Synchronization
import Vips

#if canImport(Glibc)
    import Glibc
#endif

/// A look at whether render threads can render, with a picture that is always there.
extension RenderPool {
    /// A job that takes longer has lost its thread: libvips and the codecs stop at a deadline, which is earlier.
    private static let hangSeconds = 60.0
    /// How long threads wait for one another. At the start nobody else waits for them.
    private static let firstGatheringSeconds = 5.0
    private static let gatheringSeconds = 0.02

    /// Has every thread render, at the same time: for the start.
    /// - Throws: where one of them can't, or doesn't end within seconds.
    package func rehearseAll() async throws(RenderError) {
        try await rehearse(threadCount: threadCount, gatheringSeconds: Self.firstGatheringSeconds)
    }

    /// Has every thread render that has nothing to do; the others are at work anyway.
    /// - Parameter hangSeconds: after which a job is taken to hang, nil for the usual.
    /// - Throws: where a thread can't, or hangs in a job.
    package func rehearse(hangSeconds: Double? = nil) async throws(RenderError) {
        let oldest = oldestJobSeconds ?? 0
        guard oldest < hangSeconds ?? Self.hangSeconds else {
            throw .unavailable(cause: "a render thread has been in one job for \(Int(oldest)) s")
        }
        try await rehearse(
            threadCount: max(1, threadCount - runningCount), gatheringSeconds: Self.gatheringSeconds)
    }

    private func rehearse(threadCount: Int, gatheringSeconds: Double) async throws(RenderError) {
        let plan = try RenderPlan.rehearsal(from: .level(PyramidLevel(index: 0, of: PictureFacts.samplePicture.size)))
        let gathering = Gathering(count: threadCount)
        let faults = await withTaskGroup(of: RenderError?.self, returning: [RenderError].self) { group in
            for _ in 0..<threadCount {
                group.addTask {
                    do throws(RenderError) {
                        // Each waits for the others, or one fast thread would do the work of all.
                        try await self.render(plan) { gathering.wait(seconds: gatheringSeconds) }
                        return nil
                    } catch { return error }
                }
            }
            return await group.reduce(into: []) { if let fault = $1 { $0.append(fault) } }
        }
        if let fault = faults.first { throw fault }
    }

    private func render(_ plan: RenderPlan, _ before: @escaping @Sendable () -> Void) async throws(RenderError) {
        try await run { () throws(RenderError) in
            before()
            let job = RenderJob(plan: plan, limits: HeaderLimits(), watch: Watch(deadline: .now + .seconds(5)))
            guard try job.run(SamplePicture.png).variant.byteCount > 0 else { throw .failed(cause: "an empty render") }
        }
    }
}

extension RenderPlan {
    /// Of ``SamplePicture/png``: small, and in the format that is written fastest.
    static func rehearsal(from source: RenderSource) throws(RenderError) -> RenderPlan {
        var recipe = Recipe()
        recipe.width = 8
        recipe.format = .exactly(.jpeg)
        do throws(RecipeError) {
            return .make(try recipe.settled(for: .samplePicture), for: .samplePicture, from: source)
        } catch { throw .failed(cause: error.detail) }
    }
}

extension PictureFacts {
    /// Of ``SamplePicture/png``.
    static let samplePicture = PictureFacts(
        format: .png, width: 16, height: 8, orientation: 1, pageCount: 1, hasAlpha: false, isGray: false, bitDepth: 8,
        profile: nil, dominantColor: "#808080", thumbHash: "", blurHash: ""
    )
}

/// Threads that go on together, or after some time.
private final class Gathering: Sendable {
    private let missing: Mutex<Int>

    init(count: Int) { missing = Mutex(count) }

    func wait(seconds: Double) {
        missing.withLock { $0 -= 1 }
        let limit = ContinuousClock.now + .seconds(seconds)
        while missing.withLock({ $0 > 0 }), ContinuousClock.now < limit { usleep(200) }
    }
}
