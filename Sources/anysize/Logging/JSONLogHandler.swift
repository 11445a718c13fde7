import Logging
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
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

    /// Characters of one value: nothing that is logged needs more, and what callers send must not fill disks.
    private static let valueCharacterCountMax = 1000

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [
            "time": Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            "level": event.level.rawValue,
            "message": event.message.description,
        ]
        for (key, value) in metadata { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        if let error = event.error { fields["error"] = "\(error)" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(fields.mapValues { String($0.prefix(Self.valueCharacterCountMax)) }) else {
            return
        }
        line.append(UInt8(ascii: "\n"))
        Self.output.withLock { _ in _ = Terminal.put(Array(line), to: STDERR_FILENO) }
    }
}
