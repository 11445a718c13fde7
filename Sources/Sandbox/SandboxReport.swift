/// One independent lock on the worker; each holds without the others.
package enum SandboxLayer: String, CaseIterable, Codable, Sendable {
    /// The kernel ends the worker when the process that started it ends.
    case parentDeath = "parent-death"
    /// When memory runs out on the host, workers go before the service does.
    case oomScore = "oom-score"
    /// No program that it starts, and nothing it does, can give it more rights.
    case noNewPrivileges = "no-new-privileges"
    /// None of root's powers, also where root runs the service.
    case noCapabilities = "no-capabilities"
    /// No file by name, no TCP, no abstract socket or signal to other processes, as far as the kernel's Landlock goes.
    case landlock
    /// Address space, open files, core dumps and file sizes are limited.
    case limits
    /// No core dumps, no backtraces at a crash, and processes of the same user can't look into it.
    case notDumpable = "not-dumpable"
    /// Only the system calls of ``SyscallPolicy``.
    case seccomp
}

/// Which layers hold, and why the others don't.
package struct SandboxReport: Codable, Equatable, Sendable {
    /// A layer that doesn't hold.
    package struct Gap: Codable, Equatable, Sendable {
        package var layer: SandboxLayer
        /// A short phrase for the log.
        package var reason: String
    }

    /// The layers that hold, in the order in which they were put on.
    package private(set) var held: [SandboxLayer] = []
    /// The layers that don't, in the same order.
    package private(set) var missing: [Gap] = []
    /// The version of Landlock's interface that the kernel has; 0 where it has none. TCP is refused from 4 on, abstract
    /// sockets and signals from 6 on.
    package private(set) var landlockABI = 0

    /// Whether that layer holds.
    package func holds(_ layer: SandboxLayer) -> Bool { held.contains(layer) }

    /// Whether every layer holds.
    package var isComplete: Bool { held.count == SandboxLayer.allCases.count }

    init(landlockABI: Int) { self.landlockABI = landlockABI }

    /// Notes what became of a layer: nil when it holds, or else why not.
    mutating func note(_ layer: SandboxLayer, _ reason: String?) {
        if let reason {
            missing.append(Gap(layer: layer, reason: reason))
        } else {
            held.append(layer)
        }
    }
}
