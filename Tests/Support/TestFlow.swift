package import AnysizeCore
package import NIOCore

/// The whole flow on a fake renderer, a store in memory, a memory tier and a fake disk tier.
package struct TestFlow: Sendable {
    package let store = MemoryOriginalStore()
    package let renderer = FakeRenderer()
    package let memory: MemoryCache?
    package let disk = FakeCache()
    /// Fills the fake disk tier, while a test runs it.
    package let filler: CacheFiller
    /// Of renders.
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
        package var uploadByteCountMax = 100_000

        package init() {}
    }

    package init(_ change: (inout Settings) -> Void = { _ in }) {
        var settings = Settings()
        change(&settings)
        memory = settings.hasMemory ? MemoryCache(byteCountMax: 8_000_000) : nil
        var tiers: [any VariantCache] = [disk]
        if let memory { tiers.insert(memory, at: 0) }
        let cache = TieredCache(tiers)
        filler = CacheFiller(tiers: [disk]) { [store] in await store.isCurrent($0) }
        admission = Admission(threadCount: settings.permitCount, queueSecondsMax: settings.queueSecondsMax)
        intake = Admission(threadCount: settings.permitCount, queueSecondsMax: settings.queueSecondsMax)
        variants = VariantService(
            store: store, renderer: renderer, cache: cache, memory: memory, filler: filler, admission: admission,
            cost: RenderCost(), limits: OutputLimits(), deadlineSeconds: settings.deadlineSeconds
        )
        uploads = UploadService(
            store: store, renderer: renderer, cache: cache, admission: intake, cost: RenderCost(),
            byteCountMax: settings.uploadByteCountMax, deadlineSeconds: settings.deadlineSeconds
        )
        originals = OriginalService(store: store, cache: cache)
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
