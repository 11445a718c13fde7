import CoreMetrics

/// Helpers' metrics, made once.
enum HelperMetrics {
    static let started = Counter(label: "anysize_helpers_started_total")
    static let startsFailed = Counter(label: "anysize_helper_starts_failed_total")
    static let startTime = Timer(label: "anysize_helper_start_seconds")
    static let recycled = Counter(label: "anysize_helpers_recycled_total")
    /// From a job's being handed to a thread to its end in the helper.
    static let jobTime = Timer(label: "anysize_helper_job_seconds")
    static let retried = Counter(label: "anysize_helper_jobs_retried_total")

    private static let reasons = ["killed", "stalled", "crashed", "out-of-memory", "timed-out", "late", "cancelled"]
    private static let losses = Dictionary(
        uniqueKeysWithValues: reasons.map {
            ($0, Counter(label: "anysize_helpers_lost_total", dimensions: [("reason", $0)]))
        }
    )

    /// Shows all of them at zero: what counts an increase doesn't see the first value of a series.
    static func prepare() {
        for counter in losses.values { counter.increment(by: 0) }
    }

    static func lost(_ fault: HelperFault) -> Counter {
        let reason =
            switch fault {
            case .killed: "killed"
            case .stalled: "stalled"
            case .start, .crashed: "crashed"
            case .outOfMemory: "out-of-memory"
            case .timedOut: "timed-out"
            case .late: "late"
            case .cancelled: "cancelled"
            }
        return losses[reason] ?? startsFailed
    }
}
