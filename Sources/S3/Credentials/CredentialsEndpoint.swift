import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Fetches temporary credentials from the machine or the container that this process runs on.
final class CredentialsEndpoint: Sendable {
    private let client: HTTPClient

    /// They are one hop away: what doesn't answer soon isn't there. In seconds.
    private static let answerSeconds = 2.0
    private static let byteCountMax = 64 * 1024
    private static let tokenFileByteCountMax = 64 * 1024

    init() {
        var limits = S3Limits()
        limits.connectSeconds = 1
        limits.idleSeconds = 2
        client = HTTPClient(configuration: .forObjects(limits))
    }

    deinit {
        client.shutdown { _ in }
    }

    func fetch(
        from source: S3CredentialsSource, until deadline: ContinuousClock.Instant
    ) async throws(S3Error) -> S3Credentials {
        switch source {
        case .fixed(let credentials): return credentials
        case .container(let url, let authorization):
            var headers = HTTPHeaders()
            if let token = try Self.token(authorization) { headers.add(name: "authorization", value: token.revealed) }
            return try Self.read(try await ask(.GET, url, headers, until: deadline))
        case .instance(let endpoint):
            return try await fetch(fromInstanceAt: endpoint, until: deadline)
        }
    }

    /// Version 2 of the machine's service: a token first, which a request that was forged from outside can't have.
    private func fetch(
        fromInstanceAt endpoint: String, until deadline: ContinuousClock.Instant
    ) async throws(S3Error) -> S3Credentials {
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        let lifetime: HTTPHeaders = ["x-aws-ec2-metadata-token-ttl-seconds": "300"]
        let token = try await ask(.PUT, base + "/latest/api/token", lifetime, until: deadline)
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": Self.line(of: token)]
        let roles = base + "/latest/meta-data/iam/security-credentials/"
        let role = Self.line(of: try await ask(.GET, roles, headers, until: deadline))
        guard !role.isEmpty else { throw .noCredentials(detail: "the machine has no role") }
        return try Self.read(try await ask(.GET, roles + PercentEncoding.encode(role), headers, until: deadline))
    }

    private func ask(
        _ method: HTTPMethod, _ url: String, _ headers: HTTPHeaders, until deadline: ContinuousClock.Instant
    ) async throws(S3Error) -> ByteBuffer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        let (client, sent) = (client, request)
        let end = min(deadline, .now + .seconds(Self.answerSeconds))
        let result = await withTimeLimit(until: end) { () -> Result<ByteBuffer, S3Error> in
            do {
                let response = try await client.execute(sent, deadline: .distantFuture)
                guard response.status == .ok else {
                    return .failure(.noCredentials(detail: "their endpoint answers \(response.status.code)"))
                }
                return .success(try await response.body.collect(upTo: Self.byteCountMax))
            } catch {
                if Task.isCancelled { return .failure(.cancelled) }
                let detail = (error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))"
                return .failure(.noCredentials(detail: "their endpoint doesn't answer (\(detail))"))
            }
        }
        if let result { return try result.get() }
        throw Task.isCancelled ? .cancelled : .noCredentials(detail: "their endpoint doesn't answer in time")
    }

    /// Both kinds of endpoint answer alike.
    private struct Answer: Decodable {
        var Code: String?
        var AccessKeyId: String
        var SecretAccessKey: String
        var Token: String?
        var Expiration: String?
    }

    private static func read(_ bytes: ByteBuffer) throws(S3Error) -> S3Credentials {
        // What can't be decoded may be a secret in part, so the decoder's error stays here.
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView)) else {
            throw .noCredentials(detail: "their endpoint's answer can't be read")
        }
        if let code = answer.Code, code != "Success" {
            throw .noCredentials(detail: "their endpoint says \(code.prefix(64))")
        }
        var expires: Date?
        if let text = answer.Expiration {
            guard let seconds = ISOTime.read(text) else {
                throw .noCredentials(detail: "their endpoint's answer has no readable time of expiry")
            }
            expires = Date(timeIntervalSince1970: Double(seconds))
        }
        return S3Credentials(
            accessKeyID: answer.AccessKeyId, secretAccessKey: answer.SecretAccessKey, sessionToken: answer.Token,
            expires: expires
        )
    }

    private static func token(
        _ authorization: S3CredentialsSource.ContainerAuthorization
    ) throws(S3Error) -> Secret? {
        switch authorization {
        case .none: return nil
        case .token(let token): return token
        case .file(let path):
            // A short file that is in memory, once in hours; not worth a thread.
            guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= tokenFileByteCountMax else {
                throw .noCredentials(detail: "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be read")
            }
            return Secret(line(of: ByteBuffer(bytes: data)))
        }
    }

    /// The first line, without blanks at its ends.
    private static func line(of bytes: ByteBuffer) -> String {
        let line = bytes.readableBytesView.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return String(decoding: line, as: UTF8.self).trimming(while: { $0 == " " })
    }
}

extension String {
    fileprivate func trimming(while isBlank: (Character) -> Bool) -> String {
        String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
