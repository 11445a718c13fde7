package import NIOCore

import CoreMetrics

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The way to every decode of uploaded bytes: past the mark of an earlier failure, through admission, and with a mark left behind
/// where it goes wrong badly.
package final class DecodeLane: Sendable {
    private let decoder: any OriginalDecoder
    private let marks: any FailureMarks
    private let admission: Admission
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - marks: shared by all lanes.
    ///   - admission: of this lane alone: uploads never wait behind renders.
    ///   - now: the clock that marks are compared with.
    package init(
        decoder: any OriginalDecoder, marks: any FailureMarks, admission: Admission,
        now: @escaping @Sendable () -> Date = { Date.now }
    ) {
        self.decoder = decoder
        self.marks = marks
        self.admission = admission
        self.now = now
    }

    /// Seconds of work after which a decode is given up.
    package var jobSecondsMax: Double { decoder.jobSecondsMax }

    /// Predicted seconds until a new job would start.
    package var waitSeconds: Double { admission.load.waitSeconds }

    /// What became of a decode, and the seconds that went before it.
    package struct Decoded<Value: Sendable>: Sendable {
        package let value: Value
        package let queueSeconds: Double
        package let loadSeconds: Double
    }

    /// Decodes an original.
    /// - Parameters:
    ///   - subject: what a mark is about: an original by the digest of its bytes, or one variant of it by that of its key.
    ///   - original: whose crashes are counted together, whatever the subject; nil where the subject is the original itself.
    ///   - isStored: whether it has been acknowledged; then being undecodable leaves a mark too, since it won't get better.
    ///   - cost: predicted seconds.
    ///   - load: fetches the bytes, once there is a permit: a long queue holds few of them.
    package func decode<Value: Sendable>(
        _ subject: Digest, of original: Digest? = nil, isStored: Bool, cost: Double,
        load: () async throws(AnysizeError) -> ByteBuffer,
        work: (any OriginalDecoder, ByteBuffer) async throws(RenderError) -> Value
    ) async throws(AnysizeError) -> Decoded<Value> {
        let decoded: Decoded<Value>? = try await decodeIfThere(
            subject, of: original, isStored: isStored, cost: cost, load: load, work: work)
        guard let decoded else { throw .defect(cause: "bytes that were loaded are missing") }
        return decoded
    }

    /// Decodes an original together with what else it takes.
    /// - Parameters:
    ///   - drawing: nil where nothing is drawn anew at its size.
    ///   - load: as above; nil where something isn't there, and then there is no work and no result.
    package func decodeIfThere<Loaded: Sendable, Value: Sendable>(
        _ subject: Digest, of original: Digest?, drawing: Drawing? = nil, isStored: Bool, cost: Double,
        load: () async throws(AnysizeError) -> Loaded?,
        work: (any OriginalDecoder, Loaded) async throws(RenderError) -> Value
    ) async throws(AnysizeError) -> Decoded<Value>? {
        let mark = await marks.find(subject)
        try setAside(mark)
        let crashes = original.map(Self.crashes)
        if let crashes, let mark = await marks.find(crashes), mark.attemptCount >= Self.crashCountMax {
            try setAside(mark)
        }
        try await setAside(drawing)
        return try await admission.withPermit(cost: cost) { queueSeconds async throws(AnysizeError) in
            let started = ContinuousClock.now
            guard let loaded = try await load() else { return nil }
            let loadSeconds = (ContinuousClock.now - started).seconds
            do throws(RenderError) {
                let value = try await work(decoder, loaded)
                if mark != nil { await marks.remove(subject) }
                return Decoded(value: value, queueSeconds: queueSeconds, loadSeconds: loadSeconds)
            } catch {
                await self.remember(error, subject, isStored: isStored, after: mark)
                if let crashes, case .fatal(reason: .crashed, _) = error {
                    await marks.set(.after(marks.find(crashes), reason: .crashed, at: now()), for: crashes)
                }
                await remember(error, drawing)
                throw AnysizeError(error)
            }
        }
    }

    /// One variant that crashes says little of the others; several do, and there are as many variants as somebody cares to ask
    /// for.
    private static let crashCountMax = 3

    /// The subject under which the crashes of all renders of an original are counted.
    private static func crashes(_ original: Digest) -> Digest {
        Digest(of: ByteBuffer(string: "crashes of \(original)"))
    }

    private func setAside(_ drawing: Drawing?) async throws(AnysizeError) {
        guard let drawing, let mark = await marks.find(drawing.subject), drawing.isLarge(beside: mark) else { return }
        try setAside(mark)
    }

    private func remember(_ error: RenderError, _ drawing: Drawing?) async {
        guard let drawing, case .fatal(let reason, _) = error, reason == .timedOut || reason == .outOfMemory else {
            return
        }
        let mark = await marks.find(drawing.subject)
        await marks.set(.after(mark, reason: reason, at: now(), pixelCount: drawing.pixelCount), for: drawing.subject)
    }

    private func setAside(_ mark: FailureMark?) throws(AnysizeError) {
        guard let mark, let left = mark.secondsLeft(at: now()) else { return }
        FlowMetrics.setAside.increment()
        throw .setAside(mark.reason, retryAfterSeconds: left.isFinite ? max(1, Int(left.rounded(.up))) : nil)
    }

    private func remember(_ error: RenderError, _ subject: Digest, isStored: Bool, after mark: FailureMark?) async {
        let reason: FailureReason
        switch error {
        case .fatal(let fatal, _): reason = fatal
        case .undecodable where isStored, .unsupportedFormat where isStored, .beyondLimit where isStored:
            reason = .undecodable
        default: return
        }
        FlowMetrics.decodesFailed(reason).increment()
        await marks.set(.after(mark, reason: reason, at: now()), for: subject)
    }
}
