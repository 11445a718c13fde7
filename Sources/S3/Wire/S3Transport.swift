import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sends a request once, and says what came of it. Owns the connections.
final class S3Transport: Sendable {
    let location: S3Location
    private let limits: S3Limits
    private let signer: S3Signer
    private let client: HTTPClient

    /// Most bytes of an error's body.
    private static let errorByteCountMax = 64 * 1024

    /// - Parameter addresses: where to connect for a host's name, instead of asking the DNS.
    init(_ location: S3Location, limits: S3Limits, addresses: [String: String]) {
        self.location = location
        self.limits = limits
        signer = S3Signer(region: location.region)
        client = HTTPClient(configuration: .forObjects(limits, addresses: addresses))
    }

    deinit {
        // Nothing is under way, or it would hold on to us.
        client.shutdown { _ in }
    }

    /// - Parameters:
    ///   - time: by the clock on the wall.
    ///   - deadline: of this try, unless its own bound comes first.
    func send(
        _ request: S3Request, with credentials: S3Credentials, at time: Date, until deadline: ContinuousClock.Instant
    ) async -> Result<S3Answer, TryFailure> {
        let moved = request.body.byteCount + request.answerByteCountMax
        let end = min(deadline, .now + .seconds(limits.trySeconds(moving: moved)))
        let signed = signed(request, with: credentials, at: time)
        let result = await withTimeLimit(until: end) { await self.exchange(request, signed, at: time) }
        return result ?? .failure(TryFailure(.unavailable(detail: "no answer in time"), worthRetrying: .timeOut))
    }

    private func signed(
        _ request: S3Request, with credentials: S3Credentials, at time: Date
    ) -> HTTPClientRequest {
        let (host, path) = location.target(of: request.key)
        let hash = request.body.payloadHash
        var headers = request.headers
        headers.replaceOrAdd(name: "host", value: host)
        headers.replaceOrAdd(name: "x-amz-content-sha256", value: hash)
        signer.sign(
            request.operation.method, path: path, query: request.query, headers: &headers, payloadHash: hash,
            with: credentials, at: time
        )
        headers.add(name: "user-agent", value: "anysize")
        let query = request.query.isEmpty ? "" : "?" + PercentEncoding.query(request.query)
        var signed = HTTPClientRequest(url: "\(location.endpoint.scheme)://\(host)\(path)\(query)")
        signed.method = request.operation.method
        signed.headers = headers
        switch request.body {
        case .none: break
        case .bytes(let bytes): signed.body = .bytes(bytes)
        case .pieces(let pieces):
            signed.body = .stream(PieceSequence(pieces: pieces), length: .known(Int64(pieces.byteCount)))
        }
        return signed
    }

    private func exchange(
        _ request: S3Request, _ signed: HTTPClientRequest, at time: Date
    ) async -> Result<S3Answer, TryFailure> {
        do {
            // The time is bounded by the caller; this deadline would end with the answer's head.
            let response = try await client.execute(signed, deadline: .distantFuture)
            let status = Int(response.status.code)
            guard (200..<300).contains(status) else {
                let body = try? await Self.collect(response, max: Self.errorByteCountMax)
                return .failure(
                    TryFailure(
                        status: status, headers: response.headers, body: body ?? ByteBuffer(), request, location,
                        at: time
                    )
                )
            }
            var answer = S3Answer(status: status, headers: response.headers, body: ByteBuffer())
            guard request.operation.method != .HEAD, request.wantsBody(response.headers) else {
                return .success(answer)
            }
            answer.body = try await Self.collect(response, max: request.answerByteCountMax)
            // Completing may take long, so servers say yes at first and add what went wrong.
            if request.operation == .completeUpload, let root = try? XMLNode.read(answer.body), root.name == "Error" {
                let serverTime = response.headers.first(name: "date")
                return .failure(TryFailure(status: 500, code: root["Code"], serverTime: serverTime, location, at: time))
            }
            return .success(answer)
        } catch let failure as TryFailure {
            return .failure(failure)
        } catch {
            return .failure(TryFailure(thrown: error))
        }
    }

    /// - Throws: ``TryFailure`` where it is cut off or too long; whatever the client throws.
    private static func collect(_ response: HTTPClientResponse, max byteCountMax: Int) async throws -> ByteBuffer {
        let promised = response.headers.first(name: "content-length").flatMap { Int($0) }
        if let promised, promised > byteCountMax { throw TryFailure(.tooLong(byteCountMax: byteCountMax)) }
        var body = ByteBufferAllocator().buffer(capacity: promised ?? 0)
        for try await part in response.body {
            guard body.readableBytes + part.readableBytes <= byteCountMax else {
                throw TryFailure(.tooLong(byteCountMax: byteCountMax))
            }
            body.writeImmutableBuffer(part)
        }
        if let promised, promised != body.readableBytes {
            throw TryFailure(.unavailable(detail: "an answer was cut off"), worthRetrying: .connection)
        }
        return body
    }
}

extension HTTPClient.Configuration {
    /// One that decides nothing by itself: no redirects, no retries, no waiting for a connection beyond its time.
    static func forObjects(_ limits: S3Limits, addresses: [String: String] = [:]) -> Self {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: Timeout(
                connect: .milliseconds(Int64(limits.connectSeconds * 1000)),
                read: .milliseconds(Int64(limits.idleSeconds * 1000)),
                write: .milliseconds(Int64(limits.idleSeconds * 1000))
            )
        )
        // Shorter than any server keeps one, so that we seldom write to a connection that is just being closed.
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.connectionCountMax
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = addresses
        return configuration
    }
}
