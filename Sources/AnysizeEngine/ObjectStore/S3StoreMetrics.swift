import CoreMetrics
import S3

/// What an operator should know of requests to the object store.
struct S3StoreMetrics: Sendable {
    private let outcomes: [S3Operation: [S3Outcome: Counter]]
    private let seconds: [S3Operation: Timer]
    private let retries: [RetryReason: Counter]
    private let retriesRefused: Counter

    init(_ metrics: any MetricsFactory) {
        func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: metrics)
        }
        var outcomes: [S3Operation: [S3Outcome: Counter]] = [:]
        var seconds: [S3Operation: Timer] = [:]
        for operation in S3Operation.allCases {
            for outcome in S3Outcome.allCases {
                outcomes[operation, default: [:]][outcome] = counter(
                    "anysize_store_requests_total",
                    [("operation", operation.rawValue), ("outcome", outcome.rawValue)]
                )
            }
            seconds[operation] = Timer(
                label: "anysize_store_request_seconds", dimensions: [("operation", operation.rawValue)],
                factory: metrics
            )
        }
        self.outcomes = outcomes
        self.seconds = seconds
        retries = Dictionary(
            uniqueKeysWithValues: RetryReason.allCases.map { reason in
                (reason, counter("anysize_store_retries_total", [("reason", reason.rawValue)]))
            }
        )
        retriesRefused = counter("anysize_store_retries_refused_total")
    }

    func count(_ event: S3Event) {
        switch event {
        case .ended(let operation, let outcome, let time):
            outcomes[operation]?[outcome]?.increment()
            seconds[operation]?.recordNanoseconds(Int64(time * 1e9))
        case .retried(_, let reason): retries[reason]?.increment()
        case .retryRefused: retriesRefused.increment()
        case .renewalFailed: break
        }
    }
}
