#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Remembers originals whose decoding went wrong badly, across restarts, by the digest of their bytes: a replacement has
/// another one, and starts clean. A hint like a cache: it may forget, and it never fails a request.
package protocol FailureMarks: Sendable {
    func find(_ original: Digest) async -> FailureMark?
    /// Replaces the mark there was.
    func set(_ mark: FailureMark, for original: Digest) async
    func remove(_ original: Digest) async
}

/// That decoding an original failed, and how often.
package struct FailureMark: Hashable, Sendable, Codable {
    package let reason: FailureReason
    /// Attempts that failed, at least 1.
    package let attemptCount: Int
    package let time: Date
    /// Of drawings that take too much, the fewest pixels at which one did; nil where a mark is about all sizes.
    package let pixelCount: Int?

    /// The first attempt's mark holds for that many seconds; each further one for four times as long as the one before.
    static let firstSeconds = 30.0
    /// After so many attempts there are no more.
    static let attemptCountMax = 5

    package init(reason: FailureReason, attemptCount: Int, time: Date, pixelCount: Int? = nil) {
        self.reason = reason
        self.attemptCount = attemptCount
        self.time = time
        self.pixelCount = pixelCount
    }

    /// The mark after one more failure.
    /// - Parameter pixelCount: of the drawing that failed.
    package static func after(
        _ mark: FailureMark?, reason: FailureReason, at time: Date, pixelCount: Int? = nil
    ) -> FailureMark {
        FailureMark(
            reason: reason, attemptCount: (mark?.attemptCount ?? 0) + 1, time: time,
            pixelCount: [mark?.pixelCount, pixelCount].compactMap { $0 }.min())
    }

    /// Whether it has nothing more to say: nobody has tried again for long, or the last attempt is a week ago.
    package func isForgotten(at now: Date) -> Bool {
        let age = now.timeIntervalSince(time)
        return age > (attemptCount < Self.attemptCountMax ? 86_400 : 7 * 86_400)
    }

    /// Seconds until another attempt is made; nil where it is time now, infinity where there will be none.
    package func secondsLeft(at now: Date) -> Double? {
        guard attemptCount < Self.attemptCountMax else { return .infinity }
        var seconds = Self.firstSeconds
        for _ in 1..<max(1, attemptCount) { seconds *= 4 }
        // A clock that was set back doesn't make a mark last longer than it would have.
        let left = min(seconds, seconds - now.timeIntervalSince(time))
        return left > 0 ? left : nil
    }
}
