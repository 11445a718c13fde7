/// What a client tells of its doings, for metrics and logs.
package enum S3Event: Sendable {
    /// A request has ended, with all its tries. The seconds are those of all together.
    case ended(S3Operation, S3Outcome, seconds: Double)
    /// A try failed, and there will be another.
    case retried(S3Operation, RetryReason)
    /// A try failed that would have been worth another, but there have been too many retries lately.
    case retryRefused(S3Operation)
    /// Credentials that were to be renewed couldn't be, and those that are there still work.
    case renewalFailed(S3Error)
}

/// How a request ended; a label of metrics.
package enum S3Outcome: String, CaseIterable, Hashable, Sendable {
    case ok
    /// Nothing of that name.
    case absent
    /// The condition didn't hold, which is an answer like any other.
    case refused
    /// Not allowed to.
    case denied
    /// Given up on.
    case failed
    /// Whoever asked has left.
    case cancelled

    init(_ error: S3Error) {
        self =
            switch error {
            case .notFound, .noSuchUpload: .absent
            case .preconditionFailed: .refused
            case .denied, .clockSkewed, .noCredentials: .denied
            case .cancelled: .cancelled
            case .noSuchBucket, .full, .rejected, .unavailable, .malformed, .tooLong, .unreadableBody: .failed
            }
    }
}
