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
        let helpers: HelperPool
        let renderPool: RenderPool
        let readiness: Readiness
        let store: ChosenStore
    }

    func house(announce: Announcement) throws -> House {
        FlowMetrics.prepare()
        let limits = settings.headerLimits
        let threads = FileThreads()
        let directory = try DataDirectory(path: settings.storeDirectory)
        let cacheDirectory =
            settings.storeDirectory == settings.data.directory
            ? directory : try DataDirectory(path: settings.data.directory)
        let chosen = try ChosenStore.of(settings, in: directory, threads: threads, logger: logger)
        let cluster = try Cluster.of(settings, logger: logger)
        let store = Cluster.shared(chosen, settings, cluster)
        let renderPool = RenderPool(threadCount: settings.render.threads)
        let renderer = VipsRenderer(pool: renderPool)
        let helpers = HelperPool(settings.helpers(executable: ThisProgram.path), logger: logger)
        let decoder = HelperDecoder(pool: helpers, limits: limits)

        let memory = settings.cache.memoryBytes > 0 ? MemoryCache(byteCountMax: settings.cache.memoryBytes) : nil
        let disk =
            settings.cache.diskBytes > 0
            ? DiskCache(directory: cacheDirectory, threads: threads, byteCountMax: settings.cache.diskBytes) : nil
        var tiers: [any VariantCache] = []
        if let memory { tiers.append(memory) }
        if let disk { tiers.append(disk) }
        if let cluster { tiers.append(cluster.tier) }
        let cache = TieredCache(tiers)
        let filler = CacheFiller(tiers: Array(tiers.dropFirst(memory == nil ? 0 : 1))) { await store.isCurrent($0) }

        cluster?.feed.onRemoval { tag in _ = await cache.removeAll(of: tag) }

        let cost = RenderCost()
        let renders = Admission(
            threadCount: settings.render.threads, readAhead: settings.render.threads,
            queueSecondsMax: settings.render.queueSeconds
        )
        let decodes = Admission(threadCount: settings.render.threads, queueSecondsMax: settings.render.queueSeconds)
        let intake = Admission(
            threadCount: settings.upload.threads, queueSecondsMax: settings.upload.deadlineSeconds)
        let ownMarks = DiskFailureMarks(directory: directory, threads: threads)
        let marks: any FailureMarks = cluster.map { SharedFailureMarks(own: ownMarks, client: $0.client) } ?? ownMarks
        let heavyLane = DecodeLane(decoder: decoder, marks: marks, admission: decodes)
        // On disk where there is one: memory is for what is asked for again and again.
        var levelTiers: [any VariantCache] = (disk ?? memory as (any VariantCache)?).map { [$0] } ?? []
        if let cluster { levelTiers.append(cluster.tier) }
        let levels = LevelService(
            pyramid: settings.pyramidRule, store: store, lane: heavyLane,
            tiers: levelTiers, cost: cost,
            deadlineSeconds: settings.render.deadlineSeconds
        )
        let variants = VariantService(
            store: store, renderer: renderer, levels: levels, lane: heavyLane, cache: cache, memory: memory,
            filler: filler, cluster: cluster?.flight, admission: renders, cost: cost, limits: settings.outputLimits,
            deadlineSeconds: settings.render.deadlineSeconds, avifWaitSecondsMax: settings.render.avifWaitSeconds
        )
        let uploads = UploadService(
            store: store, levels: levels, cache: cache,
            lane: DecodeLane(decoder: decoder, marks: marks, admission: intake), cost: cost,
            byteCountMax: settings.upload.bytesMax, extraFormats: settings.extraFormats,
            deadlineSeconds: settings.upload.deadlineSeconds
        )
        let readiness = Readiness(
            checks: [.store(store, isShared: chosen.isShared), .helpers(helpers), .renderThreads(renderPool)],
            logger: logger)
        let draining = Draining()
        observe(cache: cache, admissions: [("render", renders), ("decode", decodes), ("upload", intake)], variants)
        observe(helpers)
        observe(readiness)

        let log = RequestLog(logger: logger, hitsPerLine: settings.log.hitsPerLine)
        let lane =
            settings.http.lane == .on && !tiers.isEmpty
            ? HitLane(
                variants: variants, presets: settings.presetRecipes, signing: settings.urlSigning, log: log) : nil
        let responder = AnysizeResponder(
            variants: variants, uploads: uploads,
            originals: OriginalService(
                store: store, cache: cache, lane: heavyLane, deadlineSeconds: settings.render.deadlineSeconds),
            keys: settings.keyRing, clients: settings.clientLimits(sharedBy: cluster?.rates),
            signing: settings.urlSigning, presets: settings.presetRecipes,
            freshnessSeconds: settings.http.cacheSeconds,
            staleSeconds: settings.http.cacheStaleSeconds, log: log
        )
        let registry = registry
        let operations = OperationsResponder(readiness: readiness) { registry.render() }
        let shared = (cluster?.services ?? []).map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        let own: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: helpers),
            .init(service: filler),
            .init(service: Housekeeping(store: chosen, disk: disk, marks: ownMarks, logger: logger)),
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
                    limits: settings.connectionLimits, draining: draining, lane: lane, logger: logger
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
        return House(
            services: shared + own, helpers: helpers, renderPool: renderPool, readiness: readiness, store: chosen)
    }

    /// What is cheaper to ask for than to keep count of.
    private func observe(
        cache: TieredCache, admissions: [(lane: String, admission: Admission)], _ variants: VariantService
    ) {
        // Redis counts for itself.
        for tier in cache.tiers where tier.name != "redis" {
            registry.observe("anysize_cache_bytes", [("tier", tier.name)]) { Double(tier.usage.byteCount) }
            registry.observe("anysize_cache_variants", [("tier", tier.name)]) { Double(tier.usage.variantCount) }
        }
        for (lane, admission) in admissions {
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

extension Composition {
    private func observe(_ readiness: Readiness) {
        for name in readiness.checkNames {
            registry.observe("anysize_check_failing", [("check", name)]) { readiness.failing.contains(name) ? 1 : 0 }
        }
    }

    private func observe(_ helpers: HelperPool) {
        registry.observe("anysize_helpers", [("state", "idle")]) { Double(helpers.counts.idle) }
        registry.observe("anysize_helpers", [("state", "busy")]) { Double(helpers.counts.busy) }
        registry.observe("anysize_helpers", [("state", "starting")]) { Double(helpers.counts.starting) }
    }
}

extension Readiness.Check {
    /// Every helper can decode.
    static func helpers(_ pool: HelperPool) -> Readiness.Check {
        Readiness.Check("helpers") {
            do throws(RenderError) { try await pool.rehearse() } catch { return "\(error)" }
            return nil
        }
    }

    /// Render threads can render.
    static func renderThreads(_ pool: RenderPool) -> Readiness.Check {
        Readiness.Check("renders") {
            do throws(RenderError) { try await pool.rehearse() } catch { return "\(error)" }
            return nil
        }
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
    let store: ChosenStore
    let disk: DiskCache?
    let marks: DiskFailureMarks
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await disk?.scan()
            let swept = await store.sweep()
            if swept > 0 { logger.notice("Removed leftovers of a crash", metadata: ["originals.swept": "\(swept)"]) }
            // Never done before its turn comes: while a group shuts down, a service that ends by itself counts as a fault.
            while !Task.isCancelled {
                await marks.sweep()
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
