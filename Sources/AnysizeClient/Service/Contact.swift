import Synchronization

/// When the service last answered, for all requests of this process together.
package final class Contact: Sendable {
    private let last = Mutex(ContinuousClock.now)

    package init() {}

    package func answered() { last.withLock { $0 = .now } }

    package var silentSeconds: Double { (ContinuousClock.now - last.withLock { $0 }) / .seconds(1) }
}
