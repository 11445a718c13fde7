import Foundation

/// The program as a command: what it prints and how it exits.
enum Program {
    /// The binary: `ANYSIZE_BINARY`, or the one that SwiftPM puts beside the tests.
    static var path: String {
        get throws {
            if let path = ProcessInfo.processInfo.environment["ANYSIZE_BINARY"] { return path }
            let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "anysize")
            guard FileManager.default.isExecutableFile(atPath: beside.path()) else {
                throw ServiceError(what: "No anysize at \(beside.path()); set ANYSIZE_BINARY.")
            }
            return beside.path()
        }
    }

    /// What starts a program so that the kernel seems to have no Landlock, as older ones don't.
    static var withoutLandlock: [String] {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return [beside.appending(path: "sandbox-probe").path(), "without-landlock"]
    }

    /// How a command ended.
    struct Outcome: Sendable {
        let code: Int
        let output: Data
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs the program to its end, which must come within the time.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 30
    ) async throws -> Outcome {
        try await run(path, arguments, environment: environment, within: seconds)
    }

    /// Runs any command.
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 30
    ) async throws -> Outcome {
        let directory = try Scratch.makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = self.environment(with: environment)
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardInput = FileHandle.nullDevice
        // Files and not pipes: nobody has to read while it runs.
        let (output, errors) = (directory + "/output", directory + "/errors")
        let (outputFile, errorFile) = (try Scratch.makeFile(output), try Scratch.makeFile(errors))
        defer {
            try? outputFile.close()
            try? errorFile.close()
        }
        process.standardOutput = outputFile
        process.standardError = errorFile
        try process.run()
        LiveProcesses.add(process)
        defer { LiveProcesses.remove(process) }
        if await !eventually(within: seconds, { !process.isRunning }) {
            _ = kill(process.processIdentifier, SIGKILL)
            _ = await eventually(within: 10) { !process.isRunning }
            throw ServiceError(what: "\(executable) \(arguments.joined(separator: " ")) did not end in \(seconds) s")
        }
        return Outcome(
            code: Int(process.terminationStatus), output: FileManager.default.contents(atPath: output) ?? Data(),
            errors: String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
        )
    }

    /// This process's environment without any setting of the service, so that a test means the same everywhere.
    static func environment(with more: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ANYSIZE_") }.merging(more) { $1 }
    }
}

/// Places for files that a test leaves behind it.
enum Scratch {
    /// A new, empty directory.
    static func makeDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory.path() + "anysize-e2e-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A new, empty file, open for writing.
    static func makeFile(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw ServiceError(what: "\(path) can't be made") }
        return file
    }

    /// Runs the body with a new directory, and removes that afterwards.
    static func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}

/// Asks again and again until it is so.
/// - Returns: whether it was so in time. Another process gives no signal to wait for, hence the sleeps.
func eventually(within seconds: Double, _ isSo: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if try await isSo() { return true }
        guard ContinuousClock.now < deadline else { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
}

/// Does blocking work on a thread of its own, since the threads of async functions are few and must not block.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
