import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The settings as flags of a command; part of every command that reads settings.
struct SettingFlags: ParsableArguments {
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp(
            "Any setting as a flag, such as --http-port 8080 or --log-level=debug, and --config FILE.",
            discussion: """
                A flag goes before the environment (ANYSIZE_HTTP_PORT), that before the YAML file (http.port), and that \
                before the default. The README lists every key, and so does: anysize config --markdown
                """,
            valueName: "setting"
        )
    )
    var arguments: [String] = []

    /// The settings of this process.
    ///
    /// Writes warnings, and on failure every fault, to standard error.
    ///
    /// - Throws: 64 where only the command line is written wrongly, else 78.
    func load() async throws(ExitCode) -> Settings {
        do throws(SettingsError) {
            let settings = try await Settings.load(
                arguments: arguments, environment: ProcessInfo.processInfo.environment
            )
            warn(settings.warnings)
            return settings
        } catch {
            warn(error.warnings)
            for fault in error.faults { Terminal.complain("error: \(fault)") }
            throw error.exitCode
        }
    }

    private func warn(_ warnings: [String]) {
        for warning in warnings { Terminal.complain("warning: \(warning)") }
    }
}

extension SettingsError {
    /// What a command ends with that can't go on without settings.
    var exitCode: ExitCode { isUsage ? .usage : .badSettings }
}

extension ExitCode {
    /// The command line is written wrongly: 64, `EX_USAGE` of sysexits.h, which the argument parser uses as well.
    static let usage = ExitCode(64)
    /// The settings can't be used: 78, `EX_CONFIG` of sysexits.h.
    static let badSettings = ExitCode(78)
}
