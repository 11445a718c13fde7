import Testing

extension RunningService {
    /// All values of `/metrics` at one moment, by name and labels.
    func metrics() async throws -> [String: Double] {
        let answer = try await operations.get("/metrics")
        try #require(answer.status == 200)
        var values: [String: Double] = [:]
        for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    /// Helpers that can take a job or have one, and those that were lost or didn't come up so far.
    func helpers() async throws -> (ready: Double, lost: Double) {
        let all = try await metrics()
        let ready = ["idle", "busy"].compactMap { all["anysize_helpers{state=\"\($0)\"}"] }.reduce(0, +)
        let lost = all.filter { $0.key.hasPrefix("anysize_helpers_lost_total") }.values.reduce(0, +)
        return (ready, lost + (all["anysize_helper_starts_failed_total"] ?? 0))
    }
}
