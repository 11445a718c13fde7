import Foundation

/// A process and its children, as `/proc` shows them: the service and its helpers.
struct ProcessFamily {
    let parent: Int32

    /// Children that run; those that have ended and wait for their parent to notice are left out.
    var children: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter(isLivingChild)
    }

    /// Bytes of memory that are nobody else's: what each has for itself, and what they share, counted once.
    ///
    /// Each piece of shared memory belongs to one helper and to the service, which maps all of them, so it is counted
    /// once where the larger of the two sides is taken.
    var memory: Memory {
        let service = Self.memory(of: parent)
        let helpers = children.map(Self.memory)
        let shared = max(service.shared, helpers.map(\.shared).reduce(0, +))
        return Memory(service: service.own, helpers: helpers.map(\.own).reduce(0, +), shared: shared)
    }

    /// In bytes.
    struct Memory: Sendable, CustomStringConvertible {
        /// The service's own.
        let service: Double
        /// All helpers' own.
        let helpers: Double
        let shared: Double

        var megabytes: Double { (service + helpers + shared) / 1_000_000 }

        var description: String {
            let parts = [service, helpers, shared].map { "\(Int($0 / 1_000_000))" }
            return "\(Int(megabytes)) MB (service \(parts[0]), helpers \(parts[1]), shared \(parts[2]))"
        }
    }

    private func isLivingChild(_ process: Int32) -> Bool {
        // The command may contain anything, even parentheses; what counts comes after the last one: state and parent.
        guard let fields = Self.text(of: "/proc/\(process)/stat").split(separator: ")").last?.split(separator: " "),
            fields.count > 1
        else { return false }
        return fields[0] != "Z" && fields[0] != "X" && Int32(fields[1]) == parent
    }

    private static func memory(of process: Int32) -> (own: Double, shared: Double) {
        var memory = (own: 0.0, shared: 0.0)
        for line in text(of: "/proc/\(process)/status").split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, let kilobytes = Double(words[1]) else { continue }
            if words[0] == "RssAnon:" { memory.own = kilobytes * 1024 }
            if words[0] == "RssShmem:" { memory.shared = kilobytes * 1024 }
        }
        return memory
    }

    /// Empty where the process is gone.
    private static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

extension RunningService {
    /// The service and its helpers.
    var family: ProcessFamily { ProcessFamily(parent: processID) }
}
