/// Why an object store didn't do what was asked. No text in it has a secret, a signature or a key's content.
package enum S3Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such object, as far as the answer tells: one to `HEAD` has no body and may mean the bucket.
    case notFound
    case noSuchBucket(String)
    /// The multipart upload is there no more: completed, aborted, or never begun.
    case noSuchUpload
    /// The condition of a request doesn't hold, or another write to the same key was under way.
    case preconditionFailed
    /// The credentials aren't good enough, or the signature is wrong; the server's code.
    case denied(code: String)
    /// The server's clock and ours are too far apart for it to take our signatures. Seconds we are ahead, where it told.
    case clockSkewed(aheadSeconds: Int?)
    /// No room, or no more allowed.
    case full(code: String)
    /// Another refusal, which asking again won't change.
    case rejected(status: Int, code: String)
    /// Failed in a way that may pass: 5xx, a reset, a time-out; after all retries that were allowed.
    case unavailable(detail: String)
    /// An answer that makes no sense.
    case malformed(detail: String)
    /// The answer's body is longer than the caller takes.
    case tooLong(byteCountMax: Int)
    /// There are no credentials, or they can't be fetched.
    case noCredentials(detail: String)
    /// The bytes to send couldn't be read.
    case unreadableBody(detail: String)
    /// Whoever asked has left.
    case cancelled

    package var description: String {
        switch self {
        case .notFound: "there is no such object"
        case .noSuchBucket(let bucket): "there is no bucket \(bucket)"
        case .noSuchUpload: "there is no such multipart upload"
        case .preconditionFailed: "the condition doesn't hold"
        case .denied(let code): "access denied (\(code))"
        case .clockSkewed(let seconds?):
            "the clocks differ by \(abs(seconds)) s, this machine being \(seconds < 0 ? "behind" : "ahead"); "
                + "signatures hold only while they agree to 15 minutes"
        case .clockSkewed(nil): "this machine's clock and the server's differ by too much for signatures to hold"
        case .full(let code): "no room (\(code))"
        case .rejected(let status, let code): "refused with status \(status) (\(code))"
        case .unavailable(let detail): "not available: \(detail)"
        case .malformed(let detail): "an answer that makes no sense: \(detail)"
        case .tooLong(let max): "an answer of more than \(max) bytes"
        case .noCredentials(let detail): "no credentials: \(detail)"
        case .unreadableBody(let detail): "the bytes to send can't be read: \(detail)"
        case .cancelled: "cancelled"
        }
    }
}
