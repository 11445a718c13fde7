import AnysizeCore
import AnysizeEngine
import AnysizeServer
import ArgumentParser
import CoreMetrics
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs the service until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the service.",
        discussion: """
            SIGTERM or SIGINT drains: readiness turns red, running requests finish, exit code 0. A second one stops at once, exit
            code 130. Exit code 78 means bad settings, 70 that the service could not start.
            """
    )

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        Allocator.bound()
        let settings = try await flags.load()
        LoggingSystem.bootstrap(settings.log.handlerFactory)
        var logger = Logger(label: "anysize")
        logger.logLevel = settings.log.level
        let registry = PrometheusRegistry(descriptions: MetricDescriptions.all)
        MetricsSystem.bootstrap(registry)

        let house: Composition.House
        do {
            try Self.checkVips(logger)
            let announcement = Announcement(
                host: settings.http.host, operationsHost: settings.operations.host,
                originals: settings.storePlace, needsKey: !settings.keyRing.isOpen, logger: logger
            )
            house = try Composition(settings: settings, logger: logger, registry: registry)
                .house(announce: announcement)
            try await Self.prove(house.store, logger)
            try await Self.startHelpers(house.helpers, settings.helper.sandbox)
            try await house.renderPool.rehearseAll()
        } catch {
            logger.critical("Can't start", metadata: ["error": "\(error)"])
            throw ExitCode(70)
        }
        if settings.keyRing.isOpen {
            logger.warning("No API keys are set: everybody on this machine may do everything")
        }
        try await run(house, settings, logger)
    }

    private static func checkVips(_ logger: Logger) throws {
        let check = try VipsSelfCheck.start()
        guard check.faults.isEmpty else {
            throw RenderError.failed(cause: check.faults.joined(separator: "; "))
        }
        logger.info("libvips started", metadata: ["vips.version": "\(check.version)"])
    }

    /// A store that can't keep its promises stops the start; one that doesn't answer may come back, and readiness is red meanwhile.
    private static func prove(_ store: ChosenStore, _ logger: Logger) async throws {
        switch await store.prove() {
        case .fit: return
        case .unfit(let reason): throw StoreError.unavailable(detail: reason)
        case .unknown(let error):
            logger.warning("The store of originals does not work yet", metadata: ["error": "\(error)"])
        }
    }

    /// Waits for helpers only where the start depends on them: what has levels is served without.
    private static func startHelpers(_ helpers: HelperPool, _ demand: SandboxDemand) async throws {
        guard demand == .required else { return helpers.begin() }
        _ = try await helpers.start()
    }

    private func run(_ house: Composition.House, _ settings: Settings, _ logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(services: house.services, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(
            settings.shutdown.delaySeconds + settings.shutdown.timeoutSeconds
        )
        let group = ServiceGroup(configuration: configuration)
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                var isStopping = false
                for await signal in signals {
                    // Told twice: somebody is in a hurry.
                    if isStopping { _exit(130) }
                    isStopping = true
                    logger.notice("Stopping", metadata: ["signal": "\(signal)"])
                    await group.triggerGracefulShutdown()
                }
            }
            do {
                try await group.run()
            } catch is CancellationError {
                // The bound on draining has passed; what still ran was cut off, which is what the bound is for.
                logger.warning("Draining took too long; the rest was cut off")
            } catch let error as IOError {
                logger.critical(
                    "Can't listen: see http.host, http.port, operations.host and operations.port",
                    metadata: [
                        "http": "\(settings.http.host):\(settings.http.port)",
                        "operations": "\(settings.operations.host):\(settings.operations.port)", "error": "\(error)",
                    ]
                )
                throw ExitCode(70)
            } catch {
                logger.critical("Stopped by a fault", metadata: ["error": "\(error)"])
                throw ExitCode(70)
            }
            tasks.cancelAll()
        }
        house.helpers.stop()
        logger.notice("Stopped")
        // Threads of libvips may still be inside a codec that can't be interrupted; the process doesn't wait for them.
        fflush(nil)
        _exit(0)
    }
}
