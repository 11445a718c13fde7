import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A bucket of an S3-compatible server.
///
/// Every request has a deadline, a few tries within it, and a body that is bounded in both directions. What is written is only
/// known to be there once the answer has come: after ``S3Error/unavailable(detail:)`` it may be, or not.
package final class S3Client: Sendable {
    package let location: S3Location
    package let limits: S3Limits
    private let transport: S3Transport
    private let credentials: S3CredentialsProvider
    private let retries: RetryRule
    private let budget = RetryBudget()
    private let observe: @Sendable (S3Event) -> Void
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - addresses: where to connect for a host's name, instead of asking the DNS.
    ///   - observe: told of each request; must not wait.
    ///   - now: the clock on the wall, for signatures only.
    package init(
        _ location: S3Location, credentials: S3CredentialsSource, limits: S3Limits = S3Limits(),
        retries: RetryRule = RetryRule(), addresses: [String: String] = [:],
        observe: @escaping @Sendable (S3Event) -> Void = { _ in }, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.location = location
        self.limits = limits
        self.retries = retries
        self.observe = observe
        self.now = now
        transport = S3Transport(location, limits: limits, addresses: addresses)
        self.credentials = S3CredentialsProvider(credentials, observe: observe, now: now)
    }

    /// Sends a request until it is answered, its tries are used up or its time has passed.
    /// - Parameter deadline: nil for the limits' own.
    func perform(
        _ request: S3Request, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> S3Answer {
        let start = ContinuousClock.now
        let moved = request.body.byteCount + request.answerByteCountMax
        let end = deadline ?? start + .seconds(limits.requestSeconds(moving: moved))
        do throws(S3Error) {
            let answer = try await tries(request, until: end)
            observe(.ended(request.operation, .ok, seconds: Self.seconds(since: start)))
            return answer
        } catch {
            observe(.ended(request.operation, S3Outcome(error), seconds: Self.seconds(since: start)))
            throw error
        }
    }

    private func tries(
        _ request: S3Request, until end: ContinuousClock.Instant
    ) async throws(S3Error) -> S3Answer {
        budget.count()
        var number = 1
        while true {
            if Task.isCancelled { throw .cancelled }
            guard ContinuousClock.now < end else { throw .unavailable(detail: "no time left") }
            let credentials = try await credentials.current(until: end)
            switch await transport.send(request, with: credentials, at: now(), until: end) {
            case .success(let answer): return answer
            case .failure(let failure):
                if failure.reason == .credentials { self.credentials.reject(credentials) }
                try await rest(after: failure, number, request.operation, until: end)
                number += 1
            }
        }
    }

    /// Returns when it is time for another try.
    /// - Throws: the failure, where there is to be none.
    private func rest(
        after failure: TryFailure, _ number: Int, _ operation: S3Operation, until end: ContinuousClock.Instant
    ) async throws(S3Error) {
        if Task.isCancelled { throw .cancelled }
        guard let reason = failure.reason, number < retries.triesMax else { throw failure.error }
        let pause = Duration.seconds(retries.pause(after: number))
        guard ContinuousClock.now + pause < end else { throw failure.error }
        guard budget.take() else {
            observe(.retryRefused(operation))
            throw failure.error
        }
        observe(.retried(operation, reason))
        // Cancelled, it returns at once, and the next look at the task tells.
        try? await Task.sleep(for: pause)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let time = (ContinuousClock.now - start).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }
}
