import AnysizeCore
import AnysizeEngine
import AnysizeServer
import CoreMetrics
import Logging
import ServiceLifecycle

/// Puts the house together: the only place that sees the server and the engine at once.
struct Composition {
    let settings: Settings
    let logger: Logger
    let registry: PrometheusRegistry

    /// Everything that runs, in the order of dependence; it ends in the reverse order.
    struct House {
        let services: [ServiceGroupConfiguration.ServiceConfiguration]
        let readiness: Readiness
    }

    func house(announce: Announcement) throws -> House {
        FlowMetrics.prepare()
        let limits = settings.headerLimits
        let threads = FileThreads()
        let directory = try DataDirectory(path: settings.storeDirectory)
        let cacheDirectory =
            settings.storeDirectory == settings.data.directory
            ? directory : try DataDirectory(path: settings.data.directory)
        let store = DiskOriginalStore(directory: directory, threads: threads)
        let uploadThreads = settings.upload.threads
        let renderPool = RenderPool(threadCount: settings.render.threads)
        let uploadPool = RenderPool(threadCount: uploadThreads)
        let renderer = VipsRenderer(renders: renderPool, examinations: uploadPool, limits: limits)

        let memory = settings.cache.memoryBytes > 0 ? MemoryCache(byteCountMax: settings.cache.memoryBytes) : nil
        let disk =
            settings.cache.diskBytes > 0
            ? DiskCache(directory: cacheDirectory, threads: threads, byteCountMax: settings.cache.diskBytes) : nil
        var tiers: [any VariantCache] = []
        if let memory { tiers.append(memory) }
        if let disk { tiers.append(disk) }
        let cache = TieredCache(tiers)
        let filler = CacheFiller(tiers: disk.map { [$0] } ?? []) { await store.isCurrent($0) }

        let cost = RenderCost()
        let renders = Admission(
            threadCount: settings.render.threads, readAhead: settings.render.threads,
            queueSecondsMax: settings.render.queueSeconds
        )
        let intake = Admission(threadCount: uploadThreads, queueSecondsMax: settings.upload.deadlineSeconds)
        let variants = VariantService(
            store: store, renderer: renderer, cache: cache, memory: memory, filler: filler, admission: renders,
            cost: cost, limits: settings.outputLimits, deadlineSeconds: settings.render.deadlineSeconds
        )
        let uploads = UploadService(
            store: store, renderer: renderer, cache: cache, admission: intake, cost: cost,
            byteCountMax: settings.upload.bytesMax, deadlineSeconds: settings.upload.deadlineSeconds
        )
        let readiness = Readiness(store: store, logger: logger)
        let draining = Draining()
        observe(cache: cache, renders: renders, intake: intake, variants: variants)

        let responder = AnysizeResponder(
            variants: variants, uploads: uploads, originals: OriginalService(store: store, cache: cache),
            keys: settings.keyRing, freshnessSeconds: settings.http.cacheSeconds,
            staleSeconds: settings.http.cacheStaleSeconds, logger: logger
        )
        let registry = registry
        let operations = OperationsResponder(readiness: readiness) { registry.render() }
        let services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: filler),
            .init(service: Housekeeping(store: store, disk: disk, logger: logger), successTerminationBehavior: .ignore),
            .init(service: readiness),
            .init(
                service: Listeners.operationsListener(
                    operations, at: .init(host: settings.operations.host, port: settings.operations.port),
                    logger: logger
                ) { announce.operations($0) }
            ),
            .init(
                service: Listeners.publicListener(
                    responder, at: .init(host: settings.http.host, port: settings.http.port),
                    limits: settings.connectionLimits, draining: draining, logger: logger
                ) { port in
                    readiness.started()
                    announce.main(port)
                }
            ),
            // Last, so that it is the first to be told of the end.
            .init(
                service: DrainService(
                    readiness: readiness, draining: draining, delaySeconds: settings.shutdown.delaySeconds,
                    logger: logger
                )
            ),
        ]
        return House(services: services, readiness: readiness)
    }

    /// What is cheaper to ask for than to keep count of.
    private func observe(cache: TieredCache, renders: Admission, intake: Admission, variants: VariantService) {
        for tier in cache.tiers {
            registry.observe("anysize_cache_bytes", [("tier", tier.name)]) { Double(tier.usage.byteCount) }
            registry.observe("anysize_cache_variants", [("tier", tier.name)]) { Double(tier.usage.variantCount) }
        }
        for (lane, admission) in [("render", renders), ("upload", intake)] {
            registry.observe("anysize_admission_running", [("lane", lane)]) { Double(admission.load.running) }
            registry.observe("anysize_admission_queued", [("lane", lane)]) { Double(admission.load.queued) }
            registry.observe("anysize_admission_wait_seconds", [("lane", lane)]) { admission.load.waitSeconds }
        }
        registry.observe("anysize_flights") { Double(variants.flights.counts.flights) }
        registry.observe("anysize_waiters") { Double(variants.flights.counts.waiters) }
        registry.observe("anysize_vips_bytes") { Double(VipsSelfCheck.memory.now) }
        registry.observe("anysize_vips_bytes_high_water") { Double(VipsSelfCheck.memory.highWater) }
    }
}

/// Ends the service politely: red first, so that balancers send nothing new, then quiet.
struct DrainService: Service {
    let readiness: Readiness
    let draining: Draining
    let delaySeconds: Double
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        logger.notice("Draining", metadata: ["drain.delay.seconds": "\(delaySeconds)"])
        readiness.drain()
        draining.begin()
        try? await Task.sleep(for: .seconds(delaySeconds))
    }
}

/// What a start leaves to the background: variants found again, leftovers of a crash removed.
struct Housekeeping: Service {
    let store: DiskOriginalStore
    let disk: DiskCache?
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await disk?.scan()
            let swept = await store.sweepOrphans()
            if swept > 0 { logger.notice("Removed leftovers of a crash", metadata: ["originals.swept": "\(swept)"]) }
        }
    }
}
