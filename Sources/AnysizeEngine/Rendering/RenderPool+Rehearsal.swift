package import AnysizeCore

import NIOCore
import Synchronization
import Vips

#if canImport(Glibc)
    import Glibc
#endif

/// A look at whether render threads can render, with a picture that is always there.
extension RenderPool {
    /// Has every thread render, at the same time: for the start, when nobody waits for them yet.
    /// - Throws: where one of them can't, or doesn't end within seconds.
    package func rehearseAll() async throws(RenderError) {
        let gathering = Gathering(count: threadCount)
        let faults = await withTaskGroup(of: RenderError?.self, returning: [RenderError].self) { group in
            for _ in 0..<threadCount { group.addTask { await self.fault(gathering) } }
            return await group.reduce(into: []) { if let fault = $1 { $0.append(fault) } }
        }
        if let fault = faults.first { throw fault }
    }

    /// Nil where a thread could render.
    private func fault(_ gathering: Gathering) async -> RenderError? {
        do throws(RenderError) {
            // Each waits for the others, or one fast thread would do the work of all.
            try await rehearse { gathering.wait() }
            return nil
        } catch { return error }
    }

    /// Has any thread render.
    package func rehearse() async throws(RenderError) { try await rehearse {} }

    private func rehearse(_ meanwhile: @escaping @Sendable () -> Void) async throws(RenderError) {
        var recipe = Recipe()
        recipe.width = 8
        recipe.format = .exactly(.jpeg)
        let facts = PictureFacts.samplePicture
        let settled: SettledRecipe
        do throws(RecipeError) { settled = try recipe.settled(for: facts) } catch {
            throw .failed(cause: error.detail)
        }
        let plan = RenderPlan.make(settled, for: facts, from: .level(PyramidLevel(index: 0, of: facts.size)))
        try await run { () throws(RenderError) in
            meanwhile()
            let job = RenderJob(plan: plan, limits: HeaderLimits(), watch: Watch(deadline: .now + .seconds(5)))
            guard try job.run(SamplePicture.png).variant.byteCount > 0 else { throw .failed(cause: "an empty render") }
        }
    }
}

extension PictureFacts {
    /// Of ``SamplePicture/png``.
    static let samplePicture = PictureFacts(
        format: .png, width: 16, height: 8, orientation: 1, pageCount: 1, hasAlpha: false, isGray: false, bitDepth: 8,
        profile: nil, dominantColor: "#808080", thumbHash: "", blurHash: ""
    )
}

/// Threads that go on together, or after some seconds.
private final class Gathering: Sendable {
    private let missing: Mutex<Int>

    init(count: Int) { missing = Mutex(count) }

    func wait() {
        missing.withLock { $0 -= 1 }
        let limit = ContinuousClock.now + .seconds(5)
        while missing.withLock({ $0 > 0 }), ContinuousClock.now < limit { usleep(200) }
    }
}
