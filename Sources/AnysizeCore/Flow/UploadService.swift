package import NIOCore

import CoreMetrics
import Crypto
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Takes originals in: what it acknowledges is sound, known, and durable.
package final class UploadService: Sendable {
    private let store: any OriginalStore
    private let levels: LevelService
    private let cache: TieredCache
    /// Apart from that of renders, so that uploads never wait behind them.
    private let lane: DecodeLane
    private let cost: RenderCost
    /// Bytes of an upload.
    package let byteCountMax: Int
    private let extraFormats: Set<ImageFormat>
    private let deadlineSeconds: Double
    private let flights = SingleFlight<Digest, Examination>()

    /// - Parameters:
    ///   - byteCountMax: bytes of an upload.
    ///   - extraFormats: formats beyond the usual ones that are taken.
    ///   - deadlineSeconds: for the look at an upload once its bytes are here, waiting included.
    package init(
        store: any OriginalStore, levels: LevelService, cache: TieredCache, lane: DecodeLane, cost: RenderCost,
        byteCountMax: Int, extraFormats: Set<ImageFormat> = [], deadlineSeconds: Double
    ) {
        self.store = store
        self.levels = levels
        self.cache = cache
        self.lane = lane
        self.cost = cost
        self.byteCountMax = byteCountMax
        self.extraFormats = extraFormats
        self.deadlineSeconds = deadlineSeconds
    }

    /// What an examination found, and the seconds it waited for its turn.
    private typealias Examination = DecodeLane.Decoded<Examined>

    /// What an upload is to be called.
    package enum Target: Hashable, Sendable {
        /// By its content.
        case content
        /// As the caller chose.
        case chosen(OriginalID, WriteCondition)
    }

    /// What became of an upload.
    package struct Receipt: Sendable {
        package let record: OriginalRecord
        package let outcome: CommitOutcome
        package let timings: Timings

        /// In seconds; nil where a step wasn't needed.
        package struct Timings: Sendable {
            package var receive = 0.0
            package var queue: Double?
            package var decode: Double?
            package var store: Double?
            /// Putting the levels into the tiers.
            package var levels: Double?
        }
    }

    /// Refuses what can be told wrong before a byte of the body is read.
    /// - Parameter byteCount: what the caller says the body has; nil where it says nothing.
    package func checkBefore(byteCount: Int?, target: Target) async throws(AnysizeError) {
        if let byteCount, byteCount > byteCountMax { throw .tooManyBytes(max: byteCountMax) }
        guard case .chosen(let id, let condition) = target else { return }
        guard condition.allows(try await entry(id, condition)) else { throw .preconditionFailed }
    }

    /// What the store knows of an id. A record that can't be read stands in the way of conditions, but not of a plain upload,
    /// which replaces it.
    private func entry(_ id: OriginalID, _ condition: WriteCondition) async throws(AnysizeError) -> StoreEntry? {
        do throws(StoreError) { return try await store.find(id) } catch {
            if case .damaged = error, condition == .always { return nil }
            throw AnysizeError(error)
        }
    }

    /// Takes a body in.
    /// - Throws: ``AnysizeError``; after it nothing of the upload is left.
    package func receive<Body: AsyncSequence>(
        _ body: Body, as target: Target
    ) async throws(AnysizeError) -> Receipt where Body.Element == ByteBuffer {
        let staged = try await stage()
        do throws(AnysizeError) {
            let receipt = try await receive(body, as: target, into: staged)
            FlowMetrics.uploads.increment()
            FlowMetrics.uploadedBytes.increment(by: receipt.record.byteCount)
            return receipt
        } catch {
            await staged.discard()
            FlowMetrics.uploadsRefused.increment()
            // For the next one: variants can be rendered again, originals can't.
            if case .storeFull = error { await cache.giveWay() }
            throw error
        }
    }

    private func stage() async throws(AnysizeError) -> any StagedOriginal {
        do throws(StoreError) { return try await store.stage() } catch { throw AnysizeError(error) }
    }

    private func receive<Body: AsyncSequence>(
        _ body: Body, as target: Target, into staged: any StagedOriginal
    ) async throws(AnysizeError) -> Receipt where Body.Element == ByteBuffer {
        var timings = Receipt.Timings()
        let start = ContinuousClock.now
        let (digest, byteCount, format) = try await spool(body, into: staged)
        timings.receive = (ContinuousClock.now - start).seconds
        let (id, condition) = try name(digest, for: target)
        let record: OriginalRecord
        var made: [Level] = []
        if let known = try await known(id, digest, condition) {
            // Nothing has to be decoded again; but the answer is a promise again, so the store is told all the same.
            record = known
        } else {
            let examined = try await examine(staged, digest, byteCount: byteCount, format: format, timings: &timings)
            let facts = examined.facts
            made = examined.levels
            let now = Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded(.down))
            record = OriginalRecord(id: id, digest: digest, byteCount: byteCount, created: now, facts: facts)
        }
        let stored = ContinuousClock.now
        let outcome: CommitOutcome
        do throws(StoreError) { outcome = try await store.commit(staged, as: record, if: condition) } catch {
            throw AnysizeError(error)
        }
        timings.store = (ContinuousClock.now - stored).seconds
        let levelled = ContinuousClock.now
        await levels.keep(made, of: record)
        if !made.isEmpty { timings.levels = (ContinuousClock.now - levelled).seconds }
        switch outcome {
        case .created, .recreated: return Receipt(record: record, outcome: outcome, timings: timings)
        case .unchanged(let known): return Receipt(record: known, outcome: outcome, timings: timings)
        case .replaced(let old):
            // Keys name bytes, so nobody is served the old picture; this only frees its room.
            if old.digest != digest { _ = await cache.removeAll(of: OriginalTag(old.digest)) }
            return Receipt(record: record, outcome: outcome, timings: timings)
        }
    }

    /// Writes the body to the staging place as it comes, and looks at its first bytes as soon as they are there.
    private func spool<Body: AsyncSequence>(
        _ body: Body, into staged: any StagedOriginal
    ) async throws(AnysizeError) -> (Digest, Int, ImageFormat) where Body.Element == ByteBuffer {
        var hash = SHA256()
        var byteCount = 0
        var head: [UInt8] = []
        var format: ImageFormat?
        // Written in pieces worth a system call, however small the pieces are that they come in.
        var gathered = ByteBuffer()
        do {
            for try await chunk in body {
                byteCount += chunk.readableBytes
                guard byteCount <= byteCountMax else { throw AnysizeError.tooManyBytes(max: byteCountMax) }
                if format == nil {
                    head.append(contentsOf: chunk.readableBytesView.prefix(FormatSniffer.byteCountNeeded - head.count))
                    format = Self.sniff(head)
                    if let format {
                        try check(format)
                    } else if head.count >= Self.byteCountNeeded(after: head) {
                        throw AnysizeError.unsupportedFormat
                    }
                }
                chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                gathered.writeImmutableBuffer(chunk)
                if gathered.readableBytes >= Self.pieceByteCount {
                    try await staged.append(gathered)
                    gathered.clear()
                }
            }
            if gathered.readableBytes > 0 { try await staged.append(gathered) }
        } catch let error as StoreError {
            throw AnysizeError(error)
        } catch {
            throw AnysizeError(narrowing: error)
        }
        guard let format else { throw .unsupportedFormat }
        return (Digest(hash.finalize()), byteCount, format)
    }

    private static func byteCountNeeded(after head: [UInt8]) -> Int {
        head.withUnsafeBytes { FormatSniffer.byteCountNeeded(after: $0) }
    }

    private func check(_ format: ImageFormat) throws(AnysizeError) {
        guard ImageFormat.extra.contains(format), !extraFormats.contains(format) else { return }
        throw .formatIsOff(format)
    }

    private static let pieceByteCount = 64 * 1024

    private static func sniff(_ head: [UInt8]) -> ImageFormat? {
        head.withUnsafeBytes { FormatSniffer.format(of: $0) }
    }

    private func name(
        _ digest: Digest, for target: Target
    ) throws(AnysizeError) -> (OriginalID, WriteCondition) {
        let content = OriginalID(contentOf: digest)
        switch target {
        case .content: return (content, .always)
        case .chosen(let id, let condition):
            guard !id.isContentID || id == content else {
                throw .badRequest(
                    parameter: "id",
                    detail:
                        "Ids of 32 letters a-z and digits 2-7 are derived from content; these bytes would be \(content)."
                )
            }
            return (id, condition)
        }
    }

    /// The record where these very bytes are stored under that id already.
    private func known(
        _ id: OriginalID, _ digest: Digest, _ condition: WriteCondition
    ) async throws(AnysizeError) -> OriginalRecord? {
        let entry = try await entry(id, condition)
        guard condition.allows(entry) else { throw .preconditionFailed }
        guard case .present(let record) = entry, record.digest == digest else { return nil }
        return record
    }

    private func examine(
        _ staged: any StagedOriginal, _ digest: Digest, byteCount: Int, format: ImageFormat,
        timings: inout Receipt.Timings
    ) async throws(AnysizeError) -> Examined {
        let start = ContinuousClock.now
        let deadline = start + .seconds(deadlineSeconds)
        // How many pixels there are is not known yet; a byte of a photograph is about four of them.
        let predicted = cost.seconds(ofExamining: byteCount * 4, format: format)
        let landing = try await flight(digest, staged, cost: predicted, deadline)
        timings.queue = landing.queueSeconds
        timings.decode = (ContinuousClock.now - start).seconds - landing.queueSeconds
        return landing.value
    }

    /// Uploads of the same bytes at the same time are decoded once.
    private func flight(
        _ digest: Digest, _ staged: any StagedOriginal, cost: Double, _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Examination {
        let own = Mutex(false)
        do throws(AnysizeError) {
            return try await flights.value(for: digest, within: .seconds(deadlineSeconds)) {
                () async throws(AnysizeError) in
                own.withLock { $0 = true }
                return try await self.examine(digest, staged, cost: cost, deadline)
            }.value
        } catch {
            // The bytes of a joined flight were another's, who may have left and taken them along.
            guard !own.withLock({ $0 }), !Task.isCancelled else { throw error }
            return try await examine(digest, staged, cost: cost, deadline)
        }
    }

    private func examine(
        _ digest: Digest, _ staged: any StagedOriginal, cost: Double, _ deadline: ContinuousClock.Instant
    ) async throws(AnysizeError) -> Examination {
        try await lane.decode(digest, isStored: false, cost: cost) { () async throws(AnysizeError) in
            do throws(StoreError) { return try await staged.bytes() } catch { throw AnysizeError(error) }
        } work: { (decoder, bytes) async throws(RenderError) in
            let started = ContinuousClock.now
            let examined = try await decoder.examine(bytes, pyramid: levels.pyramid, deadline: deadline)
            self.cost.learn(
                examining: examined.facts.size.pixelCount, format: examined.facts.format,
                seconds: (ContinuousClock.now - started).seconds
            )
            return examined
        }
    }
}

extension WriteCondition {
    /// Whether a write may happen over what is there.
    package func allows(_ entry: StoreEntry?) -> Bool {
        var digest: Digest?
        if case .present(let record) = entry { digest = record.digest }
        return switch self {
        case .always: true
        case .absent: digest == nil
        case .present: digest != nil
        case .matching(let digests): digest.map(digests.contains) ?? false
        }
    }
}
