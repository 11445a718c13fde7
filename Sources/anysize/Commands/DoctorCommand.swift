import AnysizeCore
import AnysizeEngine
import ArgumentParser
import Logging
import NIOPosix
import Redis

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at everything the service needs, and says what is wrong.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what the service needs: libvips, formats, data directory, object store, Redis.",
        discussion: "Exit code 0 where all is well, 1 where something would stop the service or a promise."
    )

    @Flag(help: "Print the findings as JSON.")
    var json = false

    @OptionGroup var flags: SettingFlags

    private struct Finding: Encodable {
        let what: String
        let isWell: Bool
        let detail: String
    }

    func run() async throws {
        let settings = try await flags.load()
        var findings = await pictureFindings(settings)
        findings.append(await storeFinding(settings))
        if case .objectStore(let address) = settings.store.location {
            findings.append(await objectStoreFinding(address, settings))
        }
        if let address = settings.redis.address { findings.append(await redisFinding(address, settings)) }
        print(findings)
        if findings.contains(where: { !$0.isWell }) { throw ExitCode(1) }
    }

    private func pictureFindings(_ settings: Settings) async -> [Finding] {
        let check: VipsSelfCheck
        do throws(RenderError) { check = try VipsSelfCheck.start() } catch {
            return [Finding(what: "libvips", isWell: false, detail: "does not start: \(error)")]
        }
        var findings = [
            Finding(what: "libvips", isWell: true, detail: check.version),
            Finding(
                what: "loaders", isWell: check.faults.isEmpty,
                detail: check.faults.isEmpty ? "all blocked but ours" : check.faults.joined(separator: "; ")
            ),
        ]
        let pool = HelperPool(
            settings.helpers(executable: ThisProgram.path, jobCount: 1),
            logger: Logger(label: "anysize") { StreamLogHandler.standardError(label: $0) }
        )
        defer { pool.stop() }
        findings.append(await helperFinding(pool, settings.helper.sandbox))
        let decoder = HelperDecoder(pool: pool, limits: settings.headerLimits)
        for format in ImageFormat.allCases where format.isOutput {
            let result = await VipsSelfCheck.roundTrip(format, with: decoder, sample: SamplePicture.png)
            // The sample itself is a PNG: reading it is the proof, and writing PNG is how results leave.
            let canWrite = format == .png || result.canWrite
            findings.append(
                Finding(
                    what: format.rawValue, isWell: result.canRead && canWrite,
                    detail: "\(result.canRead ? "read" : "NOT read"), \(canWrite ? "written" : "NOT written")"
                )
            )
        }
        for format in [.heic] + settings.formats.extra.map(\.format) {
            guard let sample = SamplePicture.readOnly(format) else { continue }
            let result = await VipsSelfCheck.roundTrip(format, with: decoder, sample: sample)
            findings.append(
                Finding(
                    what: format.rawValue, isWell: result.canRead, detail: result.canRead ? "read" : "NOT read"))
        }
        return findings
    }

    /// A helper that works is well; layers that its sandbox lacks are told.
    private func helperFinding(_ pool: HelperPool, _ demand: SandboxDemand) async -> Finding {
        do throws(RenderError) {
            let confinement = try await pool.start()
            let missing = confinement.missing.joined(separator: ", ")
            let detail = "sandbox: " + confinement.held.joined(separator: ", ")
            return Finding(
                what: "helpers", isWell: missing.isEmpty || demand == .available,
                detail: detail + (missing.isEmpty ? "" : "; missing: " + missing))
        } catch { return Finding(what: "helpers", isWell: false, detail: "don't start: \(error)") }
    }

    private func storeFinding(_ settings: Settings) async -> Finding {
        let path = settings.storeDirectory
        do {
            let directory = try DataDirectory(path: path)
            let store = DiskOriginalStore(directory: directory, threads: FileThreads())
            try await store.check()
            return Finding(what: "data directory", isWell: true, detail: "\(path) can be written and synchronised")
        } catch let error as DataDirectoryError {
            // A running service holds it, which is as it should be.
            if case .inUse = error {
                return Finding(what: "data directory", isWell: true, detail: "\(path) is in use by a running service")
            }
            return Finding(what: "data directory", isWell: false, detail: "\(error)")
        } catch {
            return Finding(what: "data directory", isWell: false, detail: "\(path): \(error)")
        }
    }

    private func objectStoreFinding(_ address: ObjectStoreAddress, _ settings: Settings) async -> Finding {
        let what = "object store"
        do {
            let logger = Logger(label: "anysize") { StreamLogHandler.standardError(label: $0) }
            let store = try ChosenStore.objectStore(
                address, settings, staging: nil, threads: FileThreads(), logger: logger)
            switch await store.prove() {
            case .fit:
                return Finding(
                    what: what, isWell: true, detail: "\(address) can be written, read, and written on conditions")
            case .unfit(let reason): return Finding(what: what, isWell: false, detail: reason)
            case .unknown(let error): return Finding(what: what, isWell: false, detail: "\(address): \(error)")
            }
        } catch { return Finding(what: what, isWell: false, detail: "\(address): \(error)") }
    }

    /// Without Redis the service works, but not as one of several, so it is told as a fault here.
    private func redisFinding(_ address: RedisAddress, _ settings: Settings) async -> Finding {
        let authority = settings.redis.authorityFile
        do throws(RedisError) {
            let version = try await RedisProof.make(
                address, authorityPath: authority.isEmpty ? nil : authority,
                group: .singletonMultiThreadedEventLoopGroup)
            return Finding(
                what: "redis", isWell: true, detail: "\(address), version \(version), can be written and read")
        } catch { return Finding(what: "redis", isWell: false, detail: "\(address): \(error)") }
    }

    private func print(_ findings: [Finding]) {
        guard json else {
            for finding in findings {
                Swift.print(
                    finding.isWell ? "ok  " : "BAD ",
                    finding.what + String(repeating: " ", count: max(1, 16 - finding.what.count)), finding.detail
                )
            }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        if let data = try? encoder.encode(findings) { Swift.print(String(decoding: data, as: UTF8.self)) }
    }
}
