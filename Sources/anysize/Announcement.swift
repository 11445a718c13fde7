import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What `serve` tells a person at a terminal once it can be used.
struct Announcement: Sendable {
    let host: String
    let operationsHost: String
    /// Where they are, for people.
    let originals: String
    let needsKey: Bool
    let logger: Logger
    private let ports = Ports()

    init(host: String, operationsHost: String, originals: String, needsKey: Bool, logger: Logger) {
        self.host = host
        self.operationsHost = operationsHost
        self.originals = originals
        self.needsKey = needsKey
        self.logger = logger
    }

    /// The real ports of the two listeners, which come up in any order.
    private final class Ports: Sendable {
        let value = Mutex<(main: Int?, operations: Int?)>((nil, nil))
    }

    func operations(_ port: Int) { announce(after: { $0.operations = port }) }

    func main(_ port: Int) { announce(after: { $0.main = port }) }

    private func announce(after change: (inout (main: Int?, operations: Int?)) -> Void) {
        let known = ports.value.withLock { ports in
            change(&ports)
            return ports
        }
        announce(known)
    }

    /// Once, when both are up.
    private func announce(_ ports: (main: Int?, operations: Int?)) {
        guard let main = ports.main, let operations = ports.operations else { return }
        logger.notice(
            "Listening",
            metadata: ["http.host": "\(host)", "http.port": "\(main)", "operations.port": "\(operations)"]
        )
        guard isatty(STDOUT_FILENO) == 1 else { return }
        let base = "http://\(Self.bracketed(host)):\(main)"
        let key = needsKey ? " -H 'Authorization: Bearer SECRET'" : ""
        print(
            """

              Anysize listens on \(base)
              operations on      http://\(Self.bracketed(operationsHost)):\(operations)/metrics
              originals are in   \(originals)

              Try it:
                curl\(key) --data-binary @photo.jpg \(base)/img
                curl -o small.webp '\(base)/img/ID?w=320&format=webp'

            """
        )
    }

    /// An IPv6 address as URLs have it.
    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
