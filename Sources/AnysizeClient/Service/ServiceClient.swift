import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1

/// A polite client of a running service: connections are kept and bounded, redirects aren't followed, each exchange ends.
///
/// It retries nothing; what may be tried again, and when, is ``Backoff``'s to say.
package final class ServiceClient: Sendable {
    package let base: ServiceURL
    private let http: HTTPClient
    private let secret: String?

    /// Time in which an exchange must be over, in seconds: what the service allows a body, and then some.
    private static let exchangeSecondsMax: Int64 = 600
    /// Bytes of an answer that are read. A page of a thousand originals has about half a megabyte.
    private static let bodyByteCountMax = 8_000_000

    /// - Parameters:
    ///   - secret: of the API key; nil to send none.
    ///   - connectionCount: connections that are kept, at most.
    private init(base: ServiceURL, secret: String?, connectionCount: Int) {
        self.base = base
        self.secret = secret
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(120), write: .seconds(60))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionCount
        // Shorter than the 75 seconds after which the service closes an idle connection, so that none is met half closed.
        configuration.connectionPool.idleTimeout = .seconds(30)
        // A refused connection is told at once: how long to go on is decided for all requests together.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Calls the body with a client whose connections are closed afterwards.
    package static func with<Value: Sendable, Failure: Error>(
        _ base: ServiceURL, secret: String?, connectionCount: Int,
        _ body: (ServiceClient) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let client = ServiceClient(base: base, secret: secret, connectionCount: connectionCount)
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await body(client)) } catch { result = .failure(error) }
        // What a shutdown could complain of, requests under way, there is none of.
        try? await client.http.shutdown()
        return try result.get()
    }

    /// Sends a request and reads its answer whole, whatever its status.
    /// - Parameters:
    ///   - target: path and query, with the slash before it.
    ///   - body: nil for none.
    package func send(
        _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders = [:], body: RequestBody? = nil
    ) async throws(ExchangeError) -> ServiceAnswer {
        var request = HTTPClientRequest(url: base.description + target)
        request.method = method
        request.headers = headers
        if let secret { request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(secret)") }
        if let body {
            // A name for plain bytes, since a form would be taken apart; the service looks at the bytes alone.
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/octet-stream")
            request.body = body.forRequest
        }
        do {
            let response = try await http.execute(request, timeout: .seconds(Self.exchangeSecondsMax))
            let bytes = try await response.body.collect(upTo: Self.bodyByteCountMax)
            return ServiceAnswer(status: Int(response.status.code), headers: response.headers, body: bytes)
        } catch {
            if Task.isCancelled || error is CancellationError { throw .cancelled }
            throw .lost(detail: Self.text(of: error))
        }
    }

    /// The bytes of a request.
    package enum RequestBody: Sendable {
        case whole(ByteBuffer)
        /// Bytes read as they are sent, by their number, which must be right.
        case streamed(FileBody, byteCount: Int)

        fileprivate var forRequest: HTTPClientRequest.Body {
            switch self {
            case .whole(let bytes): .bytes(bytes)
            case .streamed(let body, let byteCount): .stream(body, length: .known(Int64(byteCount)))
            }
        }
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as IOError: error.description
        default: "\(error)"
        }
    }
}

/// Why a request has no answer.
package enum ExchangeError: Error, Hashable, Sendable {
    /// No connection, or one that broke. Whether the service has done what was asked for isn't known.
    case lost(detail: String)
    /// This process doesn't want it any more.
    case cancelled
}
