import AnysizeCore
import S3

extension StoreError {
    /// For what was expected to be there, or to work. Absence and conditions have a meaning of their own and are told apart before.
    init(_ error: S3Error) {
        switch error {
        case .full: self = .full(detail: "\(error)")
        case .unreadableBody, .notFound, .noSuchBucket, .noSuchUpload, .preconditionFailed, .denied, .clockSkewed,
            .rejected, .unavailable, .malformed, .tooLong, .noCredentials, .cancelled:
            self = .unavailable(detail: "object store: \(error)")
        }
    }
}
