import CoreMetrics

/// Finds levels in the tiers, and has them made where they are missing.
package final class LevelService: Sendable {
    package let pyramid: Pyramid
    private let store: any OriginalStore
    private let lane: DecodeLane
    private let tiers: [any VariantCache]
    private let cost: RenderCost
    private let deadlineSeconds: Double
    private let flights = SingleFlight<Digest, [Level]>()

    /// - Parameters:
    ///   - lane: for making levels again.
    ///   - tiers: where levels are kept, fastest first. They can be made again, so none needs to be durable.
    ///   - deadlineSeconds: for making an original's levels, waiting included.
    package init(
        pyramid: Pyramid, store: any OriginalStore, lane: DecodeLane, tiers: [any VariantCache], cost: RenderCost,
        deadlineSeconds: Double
    ) {
        self.pyramid = pyramid
        self.store = store
        self.lane = lane
        self.tiers = tiers
        self.cost = cost
        self.deadlineSeconds = deadlineSeconds
    }

    /// A level from the tiers; nil where none has it.
    package func find(_ place: PyramidLevel, of original: Digest) async -> Level? {
        let key = VariantKey(original: original, level: place)
        for (index, tier) in tiers.enumerated() {
            // The formats that levels are kept in. Anything else isn't ours.
            guard let picture = await tier.find(key), picture.format == .jpeg || picture.format == .png else {
                continue
            }
            FlowMetrics.levelHits.increment()
            for faster in tiers[..<index] { await faster.store(picture, for: key) }
            return Level(place: place, picture: picture)
        }
        FlowMetrics.levelMisses.increment()
        return nil
    }

    /// Makes an original's levels again, all in one decode, for all who wait for any of them.
    package func make(_ place: PyramidLevel, of record: OriginalRecord) async throws(AnysizeError) -> Level {
        let levels = try await flights.value(for: record.digest, within: .seconds(deadlineSeconds)) {
            () async throws(AnysizeError) in try await self.make(of: record)
        }.value
        guard let level = levels.first(where: { $0.place == place }) else {
            throw .defect(cause: "level \(place.index) was not made")
        }
        return level
    }

    private func make(of record: OriginalRecord) async throws(AnysizeError) -> [Level] {
        let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
        let predicted = cost.seconds(ofExamining: record.facts.size.pixelCount, format: record.facts.format)
        let decoded = try await lane.decode(record.digest, isStored: true, cost: predicted) {
            () async throws(AnysizeError) in
            try await store.bytes(of: record)
        } work: { (decoder, bytes) async throws(RenderError) in
            // Where there are no levels by the setting, it is an overlay that needs one.
            let examined = try await decoder.examine(bytes, pyramid: pyramid.always, deadline: deadline)
            // A record that came past the upload, or has rotted: its plans would be for another picture.
            guard examined.facts.size == record.facts.size, examined.facts.hasAlpha == record.facts.hasAlpha else {
                throw .undecodable(
                    reason: "The image isn't what its record says.", cause: "\(examined.facts) and not \(record.facts)")
            }
            return examined
        }
        FlowMetrics.levelsMade.increment(by: decoded.value.levels.count)
        await keep(decoded.value.levels, of: record)
        return decoded.value.levels
    }

    /// Puts levels into the tiers. Waits for it, unlike a variant's way to the disk: the next request needs them.
    package func keep(_ levels: [Level], of record: OriginalRecord) async {
        guard !levels.isEmpty, !tiers.isEmpty else { return }
        for level in levels {
            let key = VariantKey(original: record.digest, level: level.place)
            for tier in tiers { await tier.store(level.picture, for: key) }
        }
        // Deleted meanwhile: nothing of it must stay behind.
        guard await !store.isCurrent(record) else { return }
        for tier in tiers { _ = await tier.removeAll(of: OriginalTag(record.digest)) }
    }
}
