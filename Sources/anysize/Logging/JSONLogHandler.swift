import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Log lines for machines: one JSON object a line, on standard error, at most some kilobytes each.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    let label: String

    /// Keeps lines of several threads apart.
    private static let output = Mutex(())

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.map { (key: $0, value: "\($1)") }
        if let error = event.error { fields.append((key: "error", value: "\(error)")) }
        fields.append((key: "time", value: Self.time()))
        fields.append((key: "level", value: event.level.rawValue))
        fields.append((key: "message", value: event.message.description))
        var line = JSONLine()
        for field in fields.sorted(by: { $0.key < $1.key }) { line.add(field.key, field.value) }
        line.end()
        Self.output.withLock { _ in _ = Terminal.put(line.bytes, to: STDERR_FILENO) }
    }

    /// Now, as `2026-11-23T20:00:00.000Z`.
    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date = [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
        let milliseconds = padded(now.tv_nsec / 1_000_000, 3)
        return "\(date.map(padded).joined(separator: "-"))T\(clock).\(milliseconds)Z"
    }
}
