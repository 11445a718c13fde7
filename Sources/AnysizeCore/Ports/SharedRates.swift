/// What all nodes together have granted each client. Never fails: where nobody can be asked, it says so.
package protocol SharedRates: Sendable {
    /// Asks for one more.
    /// - Returns: how long to wait before asking again, in seconds; 0 where it is granted; nil where nobody can tell.
    func waitSeconds(_ client: String, for work: LimitedWork, _ limit: RateLimit) async -> Double?
}
