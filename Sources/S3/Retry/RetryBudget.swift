import Synchronization

/// Keeps retries from becoming a load of their own: on the whole they are at most a tenth of the requests.
///
/// Every request puts a tenth of a token in, every retry takes one out. A full purse of ten lets a short trouble pass unnoticed;
/// when everything fails it is empty soon, and from then on there is one retry for ten requests.
final class RetryBudget: Sendable {
    private static let share = 0.1
    private static let tokensMax = 10.0

    private let tokens = Mutex(tokensMax)

    /// To be told of each request, but not of its retries.
    func count() { tokens.withLock { $0 = min(Self.tokensMax, $0 + Self.share) } }

    /// Whether a retry is allowed; if so it is paid for.
    func take() -> Bool {
        tokens.withLock { tokens in
            // A hair below one, for ten tenths don't quite make it.
            guard tokens >= 0.999 else { return false }
            tokens -= 1
            return true
        }
    }
}
