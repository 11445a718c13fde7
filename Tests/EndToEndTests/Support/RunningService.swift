import Foundation
import Synchronization
import Testing

/// The real program, serving from a directory of its own on ports that were free.
///
/// Made by ``withService(_:environment:dataDirectory:launcher:_:)`` or ``ServiceTrait``, which stop it on every path.
final class RunningService: Sendable {
    /// The service of the suite that runs now; see ``ServiceTrait``.
    @TaskLocal static var current: RunningService?

    /// Everything of this service is in here: data unless told otherwise, logs, settings files.
    let directory: String
    let dataDirectory: String
    private let settings: [String: String]
    private let environment: [String: String]
    /// Words before the program's own: another program that starts it.
    private let launcher: [String]
    private let life = Mutex(Life())

    private struct Life {
        var process: Process?
        var startCount = 0
        var ports = Ports(main: 0, operations: 0)
    }

    private struct Ports {
        var main: Int
        var operations: Int
    }

    /// How a service is told to end.
    enum Signal {
        case term
        case kill

        fileprivate var number: CInt { self == .term ? SIGTERM : SIGKILL }
    }

    fileprivate init(
        settings: [String: String], environment: [String: String], dataDirectory: String?, launcher: [String]
    ) throws {
        directory = try Scratch.makeDirectory()
        self.dataDirectory = dataDirectory ?? directory + "/data"
        // Nothing balances between these services, so nobody has to notice that one is leaving.
        self.settings = ["shutdown.delay.seconds": "0"].merging(settings) { $1 }
        self.environment = environment
        self.launcher = launcher
    }

    var port: Int { life.withLock { $0.ports.main } }
    var operationsPort: Int { life.withLock { $0.ports.operations } }
    /// Its own process id, for `/proc`.
    var processID: Int32 { life.withLock { $0.process?.processIdentifier ?? 0 } }
    var isRunning: Bool { life.withLock { $0.process?.isRunning ?? false } }
    /// What the present start has logged so far.
    var log: String { Self.text(of: life.withLock { logPath($0.startCount) }) }

    /// A client of the public surface. One serves a whole test: it keeps its connections.
    var client: HTTPClient { HTTPClient(port: port) }
    /// A client of the operators' surface.
    var operations: HTTPClient { HTTPClient(port: operationsPort) }

    // MARK: Life

    /// Starts it, again perhaps, and returns when it listens.
    func start() async throws {
        let process = Process()
        let operationsPort = try RawConnection.freePort()
        let words = launcher + [try Program.path, "serve"] + flags(operationsPort: operationsPort)
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = Program.environment(with: environment)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let path = life.withLock { life -> String in
            life.startCount += 1
            return logPath(life.startCount)
        }
        let log = try Scratch.makeFile(path)
        defer { try? log.close() }
        process.standardError = log
        try process.run()
        life.withLock { $0.process = process }
        LiveProcesses.add(process)
        try await waitForPorts(of: process, log: path, operationsPort: operationsPort)
    }

    /// Sends a signal to this very process; does nothing once it has ended.
    func send(_ signal: Signal) {
        life.withLock { life in
            guard let process = life.process, process.isRunning else { return }
            _ = Foundation.kill(process.processIdentifier, signal.number)
        }
    }

    /// Sends a signal and waits for the end.
    /// - Returns: the exit code, or the negative number of the signal that ended it.
    @discardableResult
    func stop(_ signal: Signal = .term, within seconds: Double = 45) async -> Int {
        send(signal)
        return await waitForEnd(within: seconds)
    }

    /// Waits for the end, and makes it come by force where it doesn't, which is a failure of the test.
    @discardableResult
    func waitForEnd(within seconds: Double = 45) async -> Int {
        guard let process = life.withLock({ $0.process }) else { return 0 }
        if await !eventually(within: seconds, { !process.isRunning }) {
            Issue.record("The service was still running \(seconds) s after it was told to stop.\n\(log.suffix(2000))")
            send(.kill)
            _ = await eventually(within: 10) { !process.isRunning }
        }
        LiveProcesses.remove(process)
        let status = Int(process.terminationStatus)
        return process.terminationReason == .uncaughtSignal ? -status : status
    }

    /// Ends it and starts it on the same data.
    func restart(_ signal: Signal = .term) async throws {
        let code = await stop(signal)
        #expect(code == (signal == .term ? 0 : -9))
        try await start()
    }

    fileprivate func removeFiles() { try? FileManager.default.removeItem(atPath: directory) }

    private func flags(operationsPort: Int) -> [String] {
        let own = [
            "http.port": "0", "operations.port": "\(operationsPort)", "data.directory": dataDirectory,
            "log.format": "json",
        ]
        return own.merging(settings) { $1 }.sorted { $0.key < $1.key }.flatMap { key, value in
            ["--" + key.replacing(".", with: "-"), value]
        }
    }

    private func logPath(_ startCount: Int) -> String { "\(directory)/log-\(startCount).json" }

    private func waitForPorts(of process: Process, log path: String, operationsPort: Int) async throws {
        let isUp = await eventually(within: 30) {
            guard let line = ListeningLine.find(in: Self.text(of: path)) else { return !process.isRunning }
            // A test that wants any free port for operations gets what the line says of it.
            let isOurs = self.settings["operations.port"] == nil
            let operations = isOurs ? operationsPort : line.operationsPort ?? 0
            self.life.withLock { $0.ports = Ports(main: line.port, operations: operations) }
            return !isOurs || (try? RawConnection(port: operations)) != nil
        }
        guard isUp, process.isRunning else {
            throw ServiceError(what: "The service did not start:\n\(Self.text(of: path).suffix(4000))")
        }
    }

    private static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

// MARK: - Looking inside

extension RunningService {
    /// A value of `/metrics` by its name, with labels where it has some: `anysize_admission_running{lane="render"}`.
    /// 0 where there is none, since a counter comes into being with its first count.
    func metric(_ name: String) async throws -> Double {
        let answer = try await operations.get("/metrics")
        try #require(answer.status == 200)
        for line in answer.text.split(separator: "\n") where line.hasPrefix(name + " ") {
            return Double(line.dropFirst(name.count + 1)) ?? .nan
        }
        return 0
    }

    /// Waits until a render is under way.
    func waitForRender() async throws {
        let isRunning = try await eventually(within: 10) {
            try await self.runningRenders() > 0
        }
        try #require(isRunning, "no render began")
    }

    /// Renders under way, from levels and from originals.
    func runningRenders() async throws -> Double {
        try await metric("anysize_admission_running{lane=\"render\"}")
            + metric("anysize_admission_running{lane=\"decode\"}")
    }

    /// The most memory that the process has had resident, in MB.
    var residentPeakMB: Double { status("VmHWM:") / 1024 }
    private func status(_ name: String) -> Double {
        let lines = Self.text(of: "/proc/\(processID)/status").split(separator: "\n")
        let words = lines.first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace)
        return words.flatMap { Double($0[1]) } ?? .nan
    }

    /// Files that are being written, or were when the last process died.
    var stagedFiles: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: dataDirectory + "/staging")) ?? ["no staging directory"]
    }
}

// MARK: - Making one

/// Runs the body with a service of its own, and stops that whatever happens.
func withService(
    _ settings: [String: String] = [:], environment: [String: String] = [:], dataDirectory: String? = nil,
    launcher: [String] = [], _ body: (RunningService) async throws -> Void
) async throws {
    let service = try RunningService(
        settings: settings, environment: environment, dataDirectory: dataDirectory, launcher: launcher)
    defer { service.removeFiles() }
    do {
        try await service.start()
        try await body(service)
    } catch {
        service.send(.kill)
        await service.waitForEnd(within: 10)
        throw error
    }
    guard service.isRunning else {
        await service.waitForEnd()
        return
    }
    // A service that doesn't end politely after a test is a failure of it, whatever the test was about.
    #expect(await service.stop() == 0)
}

/// What the service logs once it can be used.
struct ListeningLine {
    let port: Int
    /// Nil where the line doesn't tell.
    let operationsPort: Int?

    /// The line in a log; nil where there is none yet.
    static func find(in log: String) -> ListeningLine? {
        struct Line: Decodable {
            let message: String
            let port: String?
            let operationsPort: String?

            enum CodingKeys: String, CodingKey {
                case message
                case port = "http.port"
                case operationsPort = "operations.port"
            }
        }
        for text in log.split(separator: "\n") {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)), line.message == "Listening",
                let port = line.port.flatMap(Int.init)
            else { continue }
            return ListeningLine(port: port, operationsPort: line.operationsPort.flatMap(Int.init))
        }
        return nil
    }
}

/// One service for all tests of a suite, as ``RunningService/current``.
struct ServiceTrait: SuiteTrait, TestScoping {
    let settings: [String: String]

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await withService(settings) { service in
            try await RunningService.$current.withValue(service) { try await function() }
        }
    }
}

extension Trait where Self == ServiceTrait {
    /// One service for the whole suite, with these settings.
    static func service(_ settings: [String: String] = [:]) -> Self { ServiceTrait(settings: settings) }
}

/// What keeps a test from being run at all.
struct ServiceError: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}

/// The processes that were started and haven't ended, so that none outlives this one, however it ends by itself.
enum LiveProcesses {
    private static let processes = Mutex<[Int32: Process]>([:])
    private static let killThemAtExit: Void = {
        atexit { LiveProcesses.killAll() }
    }()

    static func add(_ process: Process) {
        _ = killThemAtExit
        processes.withLock { $0[process.processIdentifier] = process }
    }

    static func remove(_ process: Process) { processes.withLock { $0[process.processIdentifier] = nil } }

    private static func killAll() {
        for (id, process) in processes.withLock({ $0 }) where process.isRunning { _ = Foundation.kill(id, SIGKILL) }
    }
}
