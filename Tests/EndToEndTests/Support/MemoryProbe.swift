import Foundation
import Synchronization

/// Looks again and again at the memory that a service and its helpers have together.
final class MemoryProbe: Sendable {
    private let peak = Mutex(0.0)
    private let stopped = Flag()

    /// Begins to look, twenty times a second; also after the service was started again.
    init(_ service: RunningService) {
        Thread.detachNewThread { [self] in
            while !stopped.isRaised {
                let megabytes = service.family.memory.megabytes
                peak.withLock { $0 = max($0, megabytes) }
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    /// Ends the looking.
    /// - Returns: the most that was seen, in MB.
    func stop() -> Double {
        stopped.raise()
        return peak.withLock { $0 }
    }
}
