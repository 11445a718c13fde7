import Foundation

/// A server that was started here, and that is ended by its process id and nothing else.
final class Child {
    private let process: Spawned
    private let name: String
    /// A file with what it has to say.
    private let log: String

    init(_ executable: String, _ arguments: [String], log: String) throws {
        self.log = log
        name = URL(filePath: executable).lastPathComponent
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ANYSIZE_") }
        process = try Spawned(executable, arguments, output: log, environment: environment)
    }

    var tree: ProcessTree { ProcessTree(root: process.id) }

    /// Asks again and again until there is an answer.
    func wait<Value>(for what: String, seconds: Double = 30, _ answer: () -> Value?) throws -> Value {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end, process.ending() == nil {
            if let value = answer() { return value }
            usleep(1000)
        }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw Failure("no \(what) from \(name): \(text.suffix(600))")
    }

    /// Ends it politely, and after some seconds not so; its children too, which some servers leave behind.
    func stop() {
        guard process.ending() == nil else { return }
        let family = tree.processIDs
        kill(process.id, SIGTERM)
        if !process.hasEnded(within: 10) {
            kill(process.id, SIGKILL)
            _ = process.hasEnded(within: 10)
        }
        // Looked up before, and asked for again: a number may have gone to somebody else's process since.
        for id in family where id != process.id && ProcessTree.isChild(id, of: [1, process.id]) { kill(id, SIGTERM) }
    }
}
