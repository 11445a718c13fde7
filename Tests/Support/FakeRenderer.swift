package import AnysizeCore
package import NIOCore
import Synchronization

/// A renderer and decoder without pixels: its results are texts that tell what they are of. It can be held up and made to fail.
///
/// Like a real one it ends early when the calling task is cancelled. Deadlines it leaves to whoever calls it.
package final class FakeRenderer: Renderer, OriginalDecoder {
    private struct State {
        var counts = Counts()
        var isHolding = false
        var held: [Int: CheckedContinuation<Bool, Never>] = [:]
        var nextID = 0
        var failure: RenderError?
        var failureOnce: RenderError?
        var facts = PictureFacts.sample(400, 300)
    }

    /// What has happened so far.
    package struct Counts: Hashable, Sendable {
        package var examined = 0
        package var rendered = 0
        /// Jobs that ended because nobody waited any more.
        package var cancelled = 0
        /// Jobs that are held up right now.
        package var held = 0

        package init() {}
    }

    package let jobSecondsMax: Double
    private let state = Mutex(State())

    package init(jobSecondsMax: Double = .infinity) { self.jobSecondsMax = jobSecondsMax }

    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.held = state.held.count
            return counts
        }
    }

    /// Lets no job end from now on.
    package func hold() { state.withLock { $0.isHolding = true } }

    /// Lets the jobs that are held up go on, and no longer holds any.
    package func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [:] }
            return state.held.values
        }
        for continuation in held { continuation.resume(returning: true) }
    }

    /// Fails every job from now on; nil ends that.
    package func fail(with error: RenderError?) { state.withLock { $0.failure = error } }

    /// Fails the next job, and no other.
    package func failOnce(with error: RenderError) { state.withLock { $0.failureOnce = error } }

    /// What examining finds in every original, but for the format, which the first bytes name.
    package func find(_ facts: PictureFacts) { state.withLock { $0.facts = facts } }

    /// What a plan for an original gives. Two plans that must give different pictures give different texts.
    package static func variant(of bytes: ByteBuffer, overlay: Level? = nil, plan: RenderPlan) -> Variant {
        var text = "\(plan.output) \(plan.size.width)x\(plan.size.height) of \(Digest(of: bytes)) by \(plan)"
        if let overlay { text += " with \(String(buffer: overlay.picture.bytes))" }
        return Variant(bytes: ByteBuffer(string: text), format: plan.output)
    }

    /// What a level of an original is like: a JPEG by its first bytes only.
    package static func level(_ place: PyramidLevel, of bytes: ByteBuffer) -> Level {
        let text = "level \(place.index) \(place.size.width)x\(place.size.height) of \(Digest(of: bytes))"
        return Level(place: place, picture: Variant(bytes: ByteBuffer(string: text), format: .jpeg))
    }

    package func examine(
        _ bytes: ByteBuffer, pyramid: Pyramid, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Examined {
        var facts = try await begin { $0.counts.examined += 1 }
        guard let format = bytes.withUnsafeReadableBytes({ FormatSniffer.format(of: $0) }) else {
            throw .unsupportedFormat
        }
        facts.format = format
        return Examined(facts: facts, levels: pyramid.levels(of: facts.size).map { Self.level($0, of: bytes) })
    }

    /// What a camera wrote is always the same.
    package func exif(of bytes: ByteBuffer, deadline: ContinuousClock.Instant) async throws(RenderError) -> ExifFields {
        Self.exif
    }

    package static let exif = ExifFields(["Make": "Anysize", "GPSLatitude": "48.8584"])

    package func render(
        _ level: Level, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        try await render(level.picture.bytes, overlay: overlay, plan: plan, deadline: deadline)
    }

    package func render(
        _ bytes: ByteBuffer, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        _ = try await begin { $0.counts.rendered += 1 }
        var timings = RenderTimings()
        timings.open = 0.001
        timings.resize = 0.002
        timings.encode = 0.003
        return Rendered(variant: Self.variant(of: bytes, overlay: overlay, plan: plan), timings: timings)
    }

    /// Counts the job, and returns when it may end.
    private func begin(_ count: (inout State) -> Void) async throws(RenderError) -> PictureFacts {
        let id = state.withLock { state in
            count(&state)
            state.nextID += 1
            return state.nextID
        }
        guard await pass(id), !Task.isCancelled else {
            state.withLock { $0.counts.cancelled += 1 }
            throw .cancelled
        }
        let (failure, facts) = state.withLock { state in
            defer { state.failureOnce = nil }
            return (state.failureOnce ?? state.failure, state.facts)
        }
        if let failure { throw failure }
        return facts
    }

    /// - Returns: false where the job was cancelled while it was held up.
    private func pass(_ id: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    // A job that is cancelled between this look and its end is told so by `begin`.
                    guard state.isHolding, !Task.isCancelled else { return false }
                    state.held[id] = continuation
                    return true
                }
                if !isHeld { continuation.resume(returning: true) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.held.removeValue(forKey: id) }
            continuation?.resume(returning: false)
        }
    }
}
