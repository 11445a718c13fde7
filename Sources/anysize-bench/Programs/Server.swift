/// Something that answers HTTP on a port of this machine.
class Server {
    let child: Child
    private(set) var port: Int

    init(_ child: Child, port: Int) {
        self.child = child
        self.port = port
    }

    deinit { child.stop() }

    /// Waits until it answers at all.
    func awaitListening() throws { _ = try child.wait(for: "listener") { try? LoadConnection(port: port) } }

    func moved(to port: Int) { self.port = port }

    /// Puts a load on it.
    /// - Parameter next: see ``LoadLoop/run(seconds:next:)``.
    func sample(
        connections: Int = 1, seconds: Double = .infinity, next: (_ connection: Int) -> Request?
    ) throws -> Sample {
        let before = child.tree.processorSeconds
        let result = try LoadLoop(port: port, connectionCount: connections).run(seconds: seconds, next: next)
        return Sample(result, processorSeconds: child.tree.processorSeconds - before)
    }

    func fetch(_ path: String, _ fields: [String] = [], status: Int = 200) throws -> Answer {
        try anysize_bench.fetch(.get(path, fields, status: status), port: port)
    }
}
