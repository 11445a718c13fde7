package import AnysizeCore
package import NIOCore

import CoreMetrics
import Sandbox
import Synchronization
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Decodes uploaded bytes in helpers, and nowhere else. What they give back are plain pixels, which this process encodes, or
/// finished variants, which it hands on unread.
package struct HelperDecoder: OriginalDecoder {
    private let pool: HelperPool
    private let limits: HeaderLimits

    package init(pool: HelperPool, limits: HeaderLimits) {
        self.pool = pool
        self.limits = limits
    }

    package func examine(
        _ bytes: ByteBuffer, pyramid: Pyramid, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Examined {
        let header = try checkHeader(bytes)
        return try await job(.examine(pyramid), bytes, deadline) { (reply, memory) throws(RenderError) in
            guard case .examined(let facts, let pixels) = reply else { throw Self.confused }
            try check(facts, against: header)
            try Self.check(preview: facts.preview)
            return Examined(facts: facts, levels: try Self.levels(facts, pixels, pyramid, memory))
        }.0
    }

    package func render(
        _ bytes: ByteBuffer, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        _ = try checkHeader(bytes)
        var plan = plan
        while true {
            do throws(RenderError) {
                return try await renderChecked(bytes, overlay: overlay, plan: plan, deadline: deadline)
            } catch {
                guard let smaller = plan.drawnSmaller(after: error) else { throw error }
                plan = smaller
            }
        }
    }

    /// Of a level, for what only a helper may do.
    package func render(
        _ level: Level, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        try check(level)
        var plan = plan
        plan.input = level.picture.format
        return try await renderChecked(level.picture.bytes, overlay: overlay, plan: plan, deadline: deadline)
    }

    private func renderChecked(
        _ bytes: ByteBuffer, overlay: Level?, plan: RenderPlan, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> Rendered {
        if let overlay { try check(overlay) }
        let plan = plan.reading(overlay)
        let (rendered, waitSeconds) = try await job(
            .render(plan), bytes, overlay: overlay?.picture.bytes ?? ByteBuffer(), deadline
        ) {
            (reply, memory) throws(RenderError) in
            guard case .rendered(let byteCount, let format, let timings) = reply, timings.isPlausible,
                format == plan.output || plan.otherOutputs.all.contains(format),
                (1...memory.count - HelperControl.byteCount).contains(byteCount)
            else { throw Self.confused }
            let result = memory[HelperControl.byteCount..<HelperControl.byteCount + byteCount]
            let variant = Variant(
                bytes: ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: result)), format: format)
            return Rendered(variant: variant, timings: timings)
        }
        var timed = rendered
        timed.timings.wait = waitSeconds
        return timed
    }

    package func exif(
        of bytes: ByteBuffer, deadline: ContinuousClock.Instant
    ) async throws(RenderError) -> ExifFields {
        _ = try checkHeader(bytes)
        return try await job(.exif, bytes, deadline) { (reply, _) throws(RenderError) in
            guard case .exif(let fields) = reply, fields.isPlausible else { throw Self.confused }
            return fields
        }.0
    }

    package var jobSecondsMax: Double { Double(pool.configuration.jobProcessorSeconds) }

    /// Our own look at the bytes, before any helper is troubled with them.
    private func checkHeader(_ bytes: ByteBuffer) throws(RenderError) -> ImageHeader {
        guard bytes.readableBytes <= pool.configuration.inputByteCountMax else {
            throw .beyondLimit(
                name: HeaderLimit.byteCount.rawValue, actual: bytes.readableBytes,
                max: pool.configuration.inputByteCountMax
            )
        }
        do throws(HeaderError) {
            return try bytes.withUnsafeReadableBytes { (bytes) throws(HeaderError) in
                try ImageHeader.read(bytes, limits: limits)
            }
        } catch { throw RenderError(error) }
    }

    /// What isn't a level of ours is no fault of an original's.
    private func check(_ level: Level) throws(RenderError) {
        let bytes = level.picture.bytes
        guard bytes.readableBytes <= pool.configuration.levelByteCountMax,
            let header = bytes.withUnsafeReadableBytes({ try? ImageHeader.read($0, limits: VipsRenderer.levelLimits) }),
            header.format == level.picture.format
        else { throw .failed(cause: "a level is too large, or no level") }
    }

    /// What decoding has shown must be what our own look at the header has said: else one of the two was deceived.
    private func check(_ facts: PictureFacts, against header: ImageHeader) throws(RenderError) {
        let stored = Orientation(exif: facts.orientation).applied(to: facts.size)
        do throws(HeaderError) { try limits.checkSize(stored.width, stored.height) } catch { throw RenderError(error) }
        guard facts.format == header.format,
            !header.tellsSize || stored == PixelSize(width: header.width, height: header.height),
            facts.pageCount == header.frameCount
        else {
            throw .undecodable(
                reason: "The image's header contradicts its pixels.",
                cause: "\(facts.format) \(stored.width)x\(stored.height) pages \(facts.pageCount), header \(header)")
        }
    }

    /// It is handed on unread, in an answer that isn't the helper's.
    private static func check(preview: String?) throws(RenderError) {
        guard let preview else { return }
        guard let bytes = Data(base64Encoded: preview), bytes.count <= PictureFacts.previewByteCountMax else {
            throw confused
        }
    }

    /// Encodes what a helper has left in its memory. Where each level lies is worked out anew, and must be what it said.
    private static func levels(
        _ facts: PictureFacts, _ pixels: [LevelPixels], _ pyramid: Pyramid, _ memory: UnsafeRawBufferPointer
    ) throws(RenderError) -> [Level] {
        let bands = (facts.isGray ? 1 : 3) + (facts.hasAlpha ? 1 : 0)
        guard facts.width > 0, facts.height > 0, facts.width <= 1 << 20, facts.height <= 1 << 20,
            pixels == LevelPixels.packed(pyramid.levels(of: facts.size), bands: bands),
            pixels.last.map({ $0.offset + $0.byteCount <= memory.count }) ?? true
        else { throw confused }
        var levels: [Level] = []
        do throws(VipsError) {
            for level in pixels {
                let part = UnsafeRawBufferPointer(rebasing: memory[level.offset..<level.offset + level.byteCount])
                let picture = try LevelEncoder.encode(
                    part, size: level.place.size, bands: level.bands, original: facts.format)
                levels.append(Level(place: level.place, picture: picture))
            }
        } catch { throw .failed(cause: error.description) }
        return levels
    }

    private static var confused: RenderError {
        .fatal(reason: .crashed, cause: "a helper's reply makes no sense")
    }
}

// MARK: - One job

extension HelperDecoder {
    /// Has one job done, and reads what came of it while the helper's memory is still its own.
    /// - Returns: what `read` makes of it, and the seconds until a helper had the job.
    private func job<Value: Sendable>(
        _ job: HelperRequest.Job, _ bytes: ByteBuffer, overlay: ByteBuffer = ByteBuffer(),
        _ deadline: ContinuousClock.Instant,
        read: @escaping @Sendable (HelperReply, UnsafeRawBufferPointer) throws(RenderError) -> Value
    ) async throws(RenderError) -> (Value, Double) {
        let asked = ContinuousClock.now
        let flag = Flag()
        for pauseSeconds in Self.pauses {
            do throws(RenderError) {
                return try await attempt(job, bytes, overlay, asked, deadline, flag, read)
            } catch {
                // Ended from outside: by an operator, or by a kernel short of memory. The job had no part in that, perhaps.
                guard case .unavailable(cause: Self.killed) = error, !Task.isCancelled, deadline > .now else {
                    throw error
                }
                HelperMetrics.retried.increment()
            }
            // Others may have been killed with it, and are noticed by then.
            try? await Task.sleep(for: .seconds(pauseSeconds))
        }
        do throws(RenderError) { return try await attempt(job, bytes, overlay, asked, deadline, flag, read) } catch {
            guard case .unavailable(cause: Self.killed) = error else { throw error }
            throw .fatal(reason: .crashed, cause: "its helpers were killed or stood still, one after the other")
        }
    }

    /// Before the second attempt and the third.
    private static let pauses = [0.02, 0.1]
    private static let killed = "killed"

    private func attempt<Value: Sendable>(
        _ job: HelperRequest.Job, _ bytes: ByteBuffer, _ overlay: ByteBuffer, _ asked: ContinuousClock.Instant,
        _ deadline: ContinuousClock.Instant, _ flag: Flag,
        _ read: @escaping @Sendable (HelperReply, UnsafeRawBufferPointer) throws(RenderError) -> Value
    ) async throws(RenderError) -> (Value, Double) {
        let (limits, processorSeconds) = (limits, pool.configuration.jobProcessorSeconds)
        let outcome: Result<Result<(Value, Double), RenderError>, HelperFault> = try await cancellable(flag) {
            () async throws(RenderError) in
            try await pool.withHelper(until: deadline) { (helper) throws(HelperFault) in
                let started = ContinuousClock.now
                guard started < deadline else { return .failure(.deadlinePassed) }
                if flag.isSet { return .failure(.cancelled) }
                let reply = try helper.reply(
                    to: job, bytes, overlay: overlay, limits: limits, seconds: (deadline - started).seconds,
                    processorSeconds: processorSeconds, isCancelled: { flag.isSet }
                )
                HelperMetrics.jobTime.recordSeconds((ContinuousClock.now - started).seconds)
                return Vips.job {
                    do throws(RenderError) {
                        if case .failed(let error) = reply { throw error }
                        let value = try read(reply, UnsafeRawBufferPointer(helper.output.bytes))
                        return .success((value, (started - asked).seconds))
                    } catch { return .failure(error) }
                }
            }
        }
        switch outcome {
        case .success(let result):
            return try result.get()
        case .failure(.killed), .failure(.stalled): throw .unavailable(cause: Self.killed)
        case .failure(.start(let cause)): throw .unavailable(cause: cause)
        case .failure(.cancelled): throw .cancelled
        // Its caller's patience is no measure of a picture, nor is a machine that has no time for it.
        case .failure(.late): throw .deadlinePassed
        case .failure(.timedOut):
            throw .fatal(reason: .timedOut, cause: "\(processorSeconds) s of processor time were not enough")
        case .failure(.outOfMemory): throw .fatal(reason: .outOfMemory, cause: "an allocation failed")
        case .failure(.crashed(let cause)): throw .fatal(reason: .crashed, cause: cause)
        }
    }

    /// Sets a flag when the task is cancelled; the helper's thread looks at it.
    private func cancellable<Value: Sendable>(
        _ flag: Flag, _ work: () async throws(RenderError) -> Value
    ) async throws(RenderError) -> Value {
        let result: Result<Value, RenderError> = await withTaskCancellationHandler {
            do throws(RenderError) { return .success(try await work()) } catch { return .failure(error) }
        } onCancel: {
            flag.set()
        }
        return try result.get()
    }

    /// One bit that any thread may set.
    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }
}
