/// What is known of clients for a ``RateLimit``: of as many as there is room for, and the last seen stay.
///
/// Clients are in two generations. One that is seen moves to the young one; when that is full, the old one is forgotten and the
/// young one becomes it. So whoever asks often isn't forgotten because of many who ask once, and no order has to be kept.
struct RateTable: Sendable {
    private let limit: RateLimit
    private let youngCountMax: Int
    /// See ``RateLimit/Verdict``, by client.
    private var young: [String: Double] = [:]
    private var old: [String: Double] = [:]

    init(_ limit: RateLimit, clientCountMax: Int = 100_000) {
        self.limit = limit
        youngCountMax = max(1, clientCountMax / 2)
    }

    var clientCount: Int { young.count + old.count }

    /// How long the client has to wait before it is granted one; 0 where it was.
    mutating func waitSeconds(_ client: String, now: Double) -> Double {
        switch limit.verdict(due: young[client] ?? old[client], now: now) {
        case .refused(let seconds):
            return seconds
        case .granted(let due):
            old[client] = nil
            young[client] = due
            if young.count >= youngCountMax { age(now) }
            return 0
        }
    }

    private mutating func age(_ now: Double) {
        // One that has had less than its due is as good as unknown.
        young = young.filter { $0.value > now }
        // Not for a few: the next filter would come soon, and cost as much.
        guard young.count > youngCountMax / 2 else { return }
        old = young
        young = [:]
    }
}
