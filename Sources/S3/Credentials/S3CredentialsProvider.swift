import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Has credentials at hand that work, and renews those that are about to expire, once for all who ask.
final class S3CredentialsProvider: Sendable {
    private let source: S3CredentialsSource
    private let endpoint: CredentialsEndpoint?
    private let renewal = TurnTaking()
    private let state: Mutex<State>
    private let observe: @Sendable (S3Event) -> Void
    private let now: @Sendable () -> Date

    private struct State {
        var credentials: S3Credentials?
        /// Until when nobody tries to renew what still works.
        var restsUntil: ContinuousClock.Instant?
    }

    /// Before they expire, credentials are renewed while they still work, in seconds: AWS has new ones five minutes before.
    private static let aheadSeconds = 300.0
    /// After a renewal that failed, while the old ones still work.
    private static let restSeconds = 30.0

    init(
        _ source: S3CredentialsSource, observe: @escaping @Sendable (S3Event) -> Void,
        now: @escaping @Sendable () -> Date
    ) {
        self.source = source
        self.observe = observe
        self.now = now
        if case .fixed(let credentials) = source {
            endpoint = nil
            state = Mutex(State(credentials: credentials))
        } else {
            endpoint = CredentialsEndpoint()
            state = Mutex(State())
        }
    }

    func current(until deadline: ContinuousClock.Instant) async throws(S3Error) -> S3Credentials {
        let (known, isFresh) = look()
        if let known, isFresh { return known }
        // Whoever has some that work doesn't wait for another's renewal.
        if let known {
            guard renewal.beginIfFree() else { return known }
        } else {
            await renewal.begin()
        }
        defer { renewal.end() }
        let (latest, isFreshNow) = look()
        if let latest, isFreshNow { return latest }
        guard ContinuousClock.now < deadline else { throw .unavailable(detail: "no time left") }
        return try await renew(latest, until: deadline)
    }

    /// The server says that these are too old, whatever they say themselves.
    func reject(_ credentials: S3Credentials) {
        guard endpoint != nil else { return }
        state.withLock { if $0.credentials == credentials { $0.credentials = nil } }
    }

    /// Credentials that still work, and whether they will for a while, or can't be renewed right now.
    private func look() -> (S3Credentials?, isFresh: Bool) {
        let time = now()
        return state.withLock { state in
            guard let credentials = state.credentials else { return (nil, false) }
            guard let expires = credentials.expires else { return (credentials, true) }
            let left = expires.timeIntervalSince(time)
            guard left > 0 else { return (nil, false) }
            let rests = state.restsUntil.map { $0 > .now } ?? false
            return (credentials, rests || left > Self.aheadSeconds)
        }
    }

    private func renew(
        _ old: S3Credentials?, until deadline: ContinuousClock.Instant
    ) async throws(S3Error) -> S3Credentials {
        guard let endpoint else { throw .noCredentials(detail: "those that are set have expired") }
        do throws(S3Error) {
            let fetched = try await endpoint.fetch(from: source, until: deadline)
            state.withLock { $0 = State(credentials: fetched) }
            return fetched
        } catch {
            guard let old, error != .cancelled else { throw error }
            observe(.renewalFailed(error))
            state.withLock { $0.restsUntil = .now + .seconds(Self.restSeconds) }
            return old
        }
    }
}

/// One at a time, in the order of coming.
final class TurnTaking: Sendable {
    private struct State {
        var isTaken = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns when it is the caller's turn, who must end it.
    func begin() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken { state.waiters.append(continuation) }
                defer { state.isTaken = true }
                return !state.isTaken
            }
            if isMine { continuation.resume() }
        }
    }

    /// Takes the turn where it is nobody's.
    func beginIfFree() -> Bool {
        state.withLock { state in
            defer { state.isTaken = true }
            return !state.isTaken
        }
    }

    func end() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.isTaken = false
            return nil
        }
        next?.resume()
    }
}
