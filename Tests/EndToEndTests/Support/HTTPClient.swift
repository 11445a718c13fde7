import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What a server answered.
struct Answer: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: Data
    /// From the request to the last byte.
    let seconds: Double

    subscript(_ name: String) -> String? { headers[name.lowercased()] }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// Where a variant came from, as `Cache-Status` says: `memory`, `disk`, `render`.
    var origin: String? { detail.map { $0.hasPrefix("render-") ? "render" : $0 } }

    /// The detail of `Cache-Status`: for renders it names their source too, as `render-level-2` or `render-original`.
    var detail: String? {
        self["Cache-Status"]?.split(separator: ";").map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix("detail=") }.map { String($0.dropFirst("detail=".count)) }
    }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do { return try decoder.decode(type, from: body) } catch {
            throw ServiceError(what: "\(status) with a body that is no \(type): \(text.prefix(300))")
        }
    }

    /// The problem document; nil where there is none or a member that each must have is missing.
    var problem: ProblemDocument? {
        guard self["Content-Type"] == "application/problem+json" else { return nil }
        return try? json(ProblemDocument.self)
    }
}

/// RFC 9457, with our own members.
struct ProblemDocument: Decodable, Sendable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let parameter: String?
}

/// What the service tells of an original.
struct OriginalInfo: Decodable, Sendable {
    let id: String
    let digest: String
    let format: String
    let width: Int
    let height: Int
    let bytes: Int
    let pages: Int
    let alpha: Bool
    let dominantColor: String
    let thumbHash: String
    let blurHash: String
    let created: Date
    let srcset: String?

    var size: Size { Size(width: width, height: height) }
}

/// A well-behaved client, without a cache of its own and with as many connections as requests.
struct HTTPClient: Sendable {
    let port: Int

    /// One for all, so that connections are kept between requests.
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpMaximumConnectionsPerHost = 512
        configuration.httpCookieStorage = nil
        configuration.timeoutIntervalForRequest = 60
        return URLSession(configuration: configuration)
    }()

    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: Data? = nil
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw ServiceError(what: "not a URL: \(path)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body
        let started = ContinuousClock.now
        let (data, response) = try await Self.session.data(for: request)
        let took = ContinuousClock.now - started
        guard let response = response as? HTTPURLResponse else { throw ServiceError(what: "not an HTTP answer") }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: response.statusCode, headers: fields, body: data, seconds: took / .seconds(1))
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers)
    }

    /// Fetches a variant.
    func variant(_ id: String, _ recipe: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", "/img/\(id)?\(recipe)", headers)
    }

    /// Uploads under the name that the content gives.
    func post(_ bytes: Data, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", "/img", headers, body: bytes)
    }

    func put(_ id: String, _ bytes: Data, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("PUT", "/img/\(id)", headers, body: bytes)
    }

    /// Uploads what must be taken, and returns what the service says of it.
    func upload(_ bytes: Data) async throws -> OriginalInfo {
        let answer = try await post(bytes)
        guard answer.status == 201 || answer.status == 200 else {
            throw ServiceError(what: "An upload was answered \(answer.status): \(answer.text.prefix(300))")
        }
        return try answer.json(OriginalInfo.self)
    }
}
