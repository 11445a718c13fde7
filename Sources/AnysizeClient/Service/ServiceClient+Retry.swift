import NIOCore
package import NIOHTTP1

extension ServiceClient {
    /// One GET by itself, as patiently.
    package func fetch(_ target: String, patienceSeconds: Double) async throws(DeliveryError) -> ServiceAnswer {
        try await sendPatiently(.GET, target, contact: Contact(), patienceSeconds: patienceSeconds)
    }

    /// Sends a request until it has an answer that another attempt wouldn't change, waiting as ``Backoff`` says.
    /// - Parameters:
    ///   - contact: shared by all requests of a run.
    ///   - waiting: told `1` where a wait for the next attempt begins and `-1` where it ends.
    ///   - body: asked for anew before each attempt.
    package func sendPatiently(
        _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders = [:], contact: Contact, patienceSeconds: Double,
        waiting: (Int) -> Void = { _ in },
        body: () async throws(DeliveryError) -> RequestBody? = { () async throws(DeliveryError) in nil }
    ) async throws(DeliveryError) -> ServiceAnswer {
        var backoff = Backoff(patienceSeconds: patienceSeconds)
        while true {
            let (trouble, answer, detail): (Backoff.Trouble, ServiceAnswer?, String)
            let body = try await body()
            do throws(ExchangeError) {
                let received = try await send(method, target, headers, body: body)
                contact.answered()
                guard let found = Backoff.Trouble(received) else { return received }
                (trouble, answer, detail) = (found, received, received.refusal.detail)
            } catch {
                guard case .lost(let why) = error else { throw .cancelled }
                if case .streamed(let stream, _)? = body, let fault = stream.fault { throw .unreadable(fault) }
                (trouble, answer, detail) = (.lost(silentSeconds: contact.silentSeconds), nil, why)
            }
            let verdict = backoff.verdict(after: trouble, chance: .random(in: 0...1))
            switch verdict {
            case .wait(let seconds):
                waiting(1)
                defer { waiting(-1) }
                do { try await Task.sleep(for: .seconds(seconds)) } catch { throw .cancelled }
            case .giveUp:
                // The last answer says more than that there were many.
                if let answer { return answer }
                throw .gaveUp(detail: detail)
            case .unreachable: throw .unreachable(detail: detail)
            }
        }
    }
}

extension Backoff.Trouble {
    /// Nil for an answer that stands: another attempt would be answered alike.
    init?(_ answer: ServiceAnswer) {
        switch answer.status {
        case 429, 503: self = .overloaded(retryAfter: answer.retryAfterSeconds)
        // 408: the balancer or the service was too slow to read. 507 stands: a disk doesn't empty itself in seconds.
        case 408, 500, 502, 504: self = .fault
        default: return nil
        }
    }
}

/// Why a request has no answer in the end.
package enum DeliveryError: Error, Hashable, Sendable {
    case cancelled
    /// The service answers others, but not this.
    case gaveUp(detail: String)
    /// The service answers nobody.
    case unreachable(detail: String)
    /// The fault is on this side: the file that was to be sent.
    case unreadable(SourceError)
}
