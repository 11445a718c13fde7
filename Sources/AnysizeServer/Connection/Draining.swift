import Synchronization

/// Whether the server is about to stop.
///
/// From `begin()` on, every response says `Connection: close` and means it, so that clients move to another node before
/// the listening socket is gone. Closing what rests between two requests is left to the graceful shutdown that follows.
package final class Draining: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isOn: Bool { self.flag.load(ordering: .relaxed) }

    /// There is no way back: a stopping server stops.
    package func begin() {
        self.flag.store(true, ordering: .relaxed)
    }
}
