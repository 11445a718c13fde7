import CoreMetrics
import Synchronization

/// Keeps each client to the rate that operators allow. What is asked of a node alone is decided by its own table first: a client
/// far beyond its rate costs the others no request.
package final class ClientRates: Sendable {
    private let limits: [LimitedWork: RateLimit]
    private let shared: (any SharedRates)?
    private let tables: Mutex<[LimitedWork: RateTable]>
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - limits: what isn't in it is unlimited.
    ///   - shared: nil where this node is the only one.
    package init(_ limits: [LimitedWork: RateLimit], shared: (any SharedRates)? = nil) {
        self.limits = limits
        self.shared = shared
        tables = Mutex(limits.mapValues { RateTable($0) })
    }

    package func isLimited(_ work: LimitedWork) -> Bool { limits[work] != nil }

    /// Grants one, or refuses it.
    /// - Parameter client: a name that callers can't choose.
    package func charge(_ client: String, for work: LimitedWork) async throws(AnysizeError) {
        guard let limit = limits[work] else { return }
        let now = (ContinuousClock.now - start).seconds
        var wait = tables.withLock { $0[work]?.waitSeconds(client, now: now) ?? 0 }
        // What the others have granted comes on top. Where they can't be asked, this node's own count must do.
        if wait <= 0, let told = await shared?.waitSeconds(client, for: work, limit) { wait = told }
        guard wait > 0 else { return }
        FlowMetrics.rateLimited(work).increment()
        throw .rateLimited(client: client, work, retryAfterSeconds: max(1, Int(min(wait, 86_400).rounded(.up))))
    }
}
