import S3

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A bucket and a prefix in it, as `store.url` says them: `s3://bucket/prefix?endpoint=…&region=…&addressing=…&parts-above=…`.
struct ObjectStoreAddress: Sendable, Equatable, CustomStringConvertible {
    var bucket: String
    /// Without slashes at its ends; empty for none.
    var prefix = ""
    /// Nil for AWS.
    var endpoint: S3Location.Endpoint?
    /// Nil for what the environment says.
    var region: String?
    /// Nil for what suits the endpoint.
    var addressing: S3Location.Addressing?
    /// Longer originals are written in parts; nil for the store's own bound.
    var partsAbove: Int?

    /// Of what is written in one request.
    private static let partsAboveRange = 5_242_880...5_000_000_000

    init(_ components: URLComponents) throws(Disallowed) {
        guard components.user == nil, components.password == nil else {
            throw Disallowed("must not hold credentials: they have settings of their own")
        }
        guard let bucket = components.host, S3Location.isBucketName(bucket), components.port == nil else {
            throw Disallowed("must name a bucket, 3 to 63 of a-z 0-9 . -, as in s3://bucket/prefix")
        }
        self.bucket = bucket
        prefix = try Self.prefix(components.path)
        guard components.fragment == nil else { throw Disallowed("must have no fragment") }
        var seen: Set<String> = []
        for item in components.queryItems ?? [] {
            guard seen.insert(item.name).inserted else { throw Disallowed("says \(item.name) more than once") }
            try take(item.name, item.value ?? "")
        }
    }

    private mutating func take(_ name: String, _ value: String) throws(Disallowed) {
        switch name {
        case "endpoint": endpoint = try Self.endpoint(value)
        case "region":
            guard !value.isEmpty, value.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }) else {
                throw Disallowed("must have a region such as eu-central-1")
            }
            region = value
        case "addressing":
            guard let addressing = S3Location.Addressing(rawValue: value) else {
                throw Disallowed("addressing must be path or virtual")
            }
            self.addressing = addressing
        case "parts-above":
            guard let count = ByteCount.parse(value), Self.partsAboveRange.contains(count) else {
                throw Disallowed("parts-above must be a number of bytes from 5MiB to 5GB")
            }
            partsAbove = count
        default: throw Disallowed("knows endpoint, region, addressing and parts-above after the ?")
        }
    }

    /// Only what needs no escape anywhere, and can't be mistaken for a step upwards.
    private static func prefix(_ path: String) throws(Disallowed) -> String {
        let parts = path.split(separator: "/")
        let isHarmless = parts.allSatisfy { part in
            !part.hasPrefix(".") && part.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
        }
        let prefix = parts.joined(separator: "/")
        // A key has at most 1,024 bytes, and an id up to 128.
        guard isHarmless, prefix.utf8.count <= 512 else {
            throw Disallowed(
                "its prefix must be parts of A-Z a-z 0-9 . _ -, none beginning with a dot, 512 bytes at most")
        }
        return prefix
    }

    private static func endpoint(_ text: String) throws(Disallowed) -> S3Location.Endpoint {
        let reason = Disallowed("endpoint must be http://host:port or https://host:port, without a path")
        guard let url = URLComponents(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            var host = url.host, !host.isEmpty, ["", "/"].contains(url.path), url.query == nil, url.user == nil
        else { throw reason }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if let port = url.port, !(1...65_535).contains(port) { throw reason }
        return S3Location.Endpoint(isSecure: scheme == "https", host: host, port: url.port)
    }

    /// - Parameter environment: of the process; says the region where the address doesn't.
    func location(environment: [String: String]) -> S3Location {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let region = region ?? value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? "us-east-1"
        // A certificate for `*.s3.amazonaws.com` doesn't hold for bucket names with dots; and servers of one's own seldom have a
        // name for each bucket.
        let suited: S3Location.Addressing = endpoint == nil && !bucket.contains(".") ? .virtual : .path
        return S3Location(
            bucket: bucket, region: region, endpoint: endpoint ?? .aws(region: region), addressing: addressing ?? suited
        )
    }

    var description: String {
        var items: [String] = []
        if let endpoint { items.append("endpoint=\(endpoint)") }
        if let region { items.append("region=\(region)") }
        if let addressing { items.append("addressing=\(addressing.rawValue)") }
        if let partsAbove { items.append("parts-above=\(ByteCount.spell(partsAbove))") }
        let query = items.isEmpty ? "" : "?" + items.joined(separator: "&")
        return "s3://\(bucket)\(prefix.isEmpty ? "" : "/" + prefix)\(query)"
    }
}
