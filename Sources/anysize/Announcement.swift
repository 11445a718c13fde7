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
    let dataDirectory: String
    let needsKey: Bool
    let logger: Logger
    private let operationsPort = SharedPort()

    init(host: String, operationsHost: String, dataDirectory: String, needsKey: Bool, logger: Logger) {
        self.host = host
        self.operationsHost = operationsHost
        self.dataDirectory = dataDirectory
        self.needsKey = needsKey
        self.logger = logger
    }

    private final class SharedPort: Sendable {
        let value = Mutex<Int?>(nil)
    }

    func operations(_ port: Int) { operationsPort.value.withLock { $0 = port } }

    func main(_ port: Int) {
        var metadata: Logger.Metadata = ["http.host": "\(host)", "http.port": "\(port)"]
        if let port = operationsPort.value.withLock({ $0 }) { metadata["operations.port"] = "\(port)" }
        logger.notice("Listening", metadata: metadata)
        guard isatty(STDOUT_FILENO) == 1 else { return }
        let base = "http://\(Self.bracketed(host)):\(port)"
        var lines = ["", "  Anysize listens on \(base)"]
        if let port = operationsPort.value.withLock({ $0 }) {
            lines.append("  operations on      http://\(Self.bracketed(operationsHost)):\(port)/metrics")
        }
        lines.append("  originals are in   \(dataDirectory)")
        let key = needsKey ? " -H 'Authorization: Bearer SECRET'" : ""
        lines += [
            "", "  Try it:", "    curl\(key) --data-binary @photo.jpg \(base)/img",
            "    curl -o small.webp '\(base)/img/ID?w=320&format=webp'", "",
        ]
        print(lines.joined(separator: "\n"))
    }

    /// An IPv6 address as URLs have it.
    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
