package import AnysizeCore
package import NIOCore

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The whole flow on a fake renderer, a store in memory, a memory tier and a fake disk tier.
package struct TestFlow: Sendable {
    package let store = MemoryOriginalStore()
    /// Renders, and decodes.
    package let renderer: FakeRenderer
    package let marks = MemoryFailureMarks()
    package let memory: MemoryCache?
    package let disk = FakeCache()
    /// Fills the fake disk tier, while a test runs it.
    package let filler: CacheFiller
    /// Of renders, from levels and from originals.
    package let admission: Admission
    /// Of uploads.
    package let intake: Admission
    package let variants: VariantService
    package let uploads: UploadService
    package let originals: OriginalService

    /// What a test wants to be otherwise than usual.
    package struct Settings: Sendable {
        package var hasMemory = true
        package var permitCount = 4
        package var queueSecondsMax = 1000.0
        package var deadlineSeconds = 30.0
        /// Of work on an original.
        package var jobSecondsMax = Double.infinity
        package var uploadByteCountMax = 100_000
        /// Off, so that every render is one from an original, unless a test is about levels.
        package var pyramid = Pyramid(isEnabled: false)
        /// What marks take for the time.
        package var now: @Sendable () -> Date = { Date.now }

        package init() {}
    }

    package init(_ change: (inout Settings) -> Void = { _ in }) {
        var settings = Settings()
        change(&settings)
        renderer = FakeRenderer(jobSecondsMax: settings.jobSecondsMax)
        memory = settings.hasMemory ? MemoryCache(byteCountMax: 8_000_000) : nil
        var tiers: [any VariantCache] = [disk]
        if let memory { tiers.insert(memory, at: 0) }
        let cache = TieredCache(tiers)
        filler = CacheFiller(tiers: [disk]) { [store] in await store.isCurrent($0) }
        admission = Admission(threadCount: settings.permitCount, queueSecondsMax: settings.queueSecondsMax)
        intake = Admission(threadCount: settings.permitCount, queueSecondsMax: settings.queueSecondsMax)
        let lane = DecodeLane(decoder: renderer, marks: marks, admission: admission, now: settings.now)
        let levels = LevelService(
            pyramid: settings.pyramid, store: store, lane: lane, tiers: [disk], cost: RenderCost(),
            deadlineSeconds: settings.deadlineSeconds
        )
        variants = VariantService(
            store: store, renderer: renderer, levels: levels, lane: lane, cache: cache, memory: memory, filler: filler,
            admission: admission, cost: RenderCost(), limits: OutputLimits(), deadlineSeconds: settings.deadlineSeconds
        )
        uploads = UploadService(
            store: store, levels: levels, cache: cache,
            lane: DecodeLane(decoder: renderer, marks: marks, admission: intake, now: settings.now), cost: RenderCost(),
            byteCountMax: settings.uploadByteCountMax, deadlineSeconds: settings.deadlineSeconds
        )
        originals = OriginalService(
            store: store, cache: cache, lane: lane, deadlineSeconds: settings.deadlineSeconds)
    }
}

extension SampleBytes {
    /// Bytes that begin like a JPEG and differ for two seeds; nothing behind the beginning is one.
    package static func jpeg(_ count: Int = 1000, seed: Int = 1) -> ByteBuffer {
        var bytes = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0])
        bytes.writeImmutableBuffer(make(count - 4, seed: seed))
        return bytes
    }
}

/// The case of the error that work ends with, without what it carries; nil where it ends well.
package func failure(of work: () async throws -> Void) async -> String? {
    do {
        try await work()
        return nil
    } catch {
        return String("\(error)".prefix { $0 != "(" })
    }
}
