import Foundation
import Testing

/// A command that is running, for tests that do something to it or beside it.
final class RunningCommand: Sendable {
    private let process: Process
    private let directory: String

    /// Starts the program with these arguments.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        directory = try Scratch.makeDirectory()
        process = Process()
        process.executableURL = URL(filePath: try Program.path)
        process.arguments = arguments
        process.environment = Program.environment(with: environment)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Scratch.makeFile(directory + "/output")
        process.standardError = try Scratch.makeFile(directory + "/errors")
        try process.run()
        LiveProcesses.add(process)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var isRunning: Bool { process.isRunning }

    /// Signals this very process; does nothing once it has ended.
    func send(_ signal: CInt) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Waits for the end, and makes it come by force where it doesn't.
    func end(within seconds: Double = 40) async throws -> Program.Outcome {
        defer { LiveProcesses.remove(process) }
        if await !eventually(within: seconds, { !process.isRunning }) {
            send(SIGKILL)
            _ = await eventually(within: 10) { !process.isRunning }
            throw ServiceError(what: "A command did not end in \(seconds) s")
        }
        let isSignal = process.terminationReason == .uncaughtSignal
        return Program.Outcome(
            code: isSignal ? -Int(process.terminationStatus) : Int(process.terminationStatus),
            output: FileManager.default.contents(atPath: directory + "/output") ?? Data(),
            errors: String(
                decoding: FileManager.default.contents(atPath: directory + "/errors") ?? Data(), as: UTF8.self))
    }
}
