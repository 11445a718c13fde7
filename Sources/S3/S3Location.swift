/// Where a bucket is, and how requests name it.
package struct S3Location: Hashable, Sendable {
    package var bucket: String
    package var region: String
    package var endpoint: Endpoint
    package var addressing: Addressing

    /// How a request says which bucket it means.
    package enum Addressing: String, CaseIterable, Hashable, Sendable {
        /// In the path: `https://host/bucket/key`. What most servers of one's own want.
        case path
        /// In the host's name: `https://bucket.host/key`. What AWS wants.
        case virtual
    }

    /// Who answers.
    package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
        package var isSecure: Bool
        /// A name or an address, an IPv6 one without brackets.
        package var host: String
        /// Nil for that of the scheme.
        package var port: Int?

        package init(isSecure: Bool, host: String, port: Int?) {
            self.isSecure = isSecure
            self.host = host
            self.port = port
        }

        package static func aws(region: String) -> Endpoint {
            Endpoint(isSecure: true, host: "s3.\(region).amazonaws.com", port: nil)
        }

        package var description: String { "\(scheme)://\(authority(of: host))" }

        var scheme: String { isSecure ? "https" : "http" }

        /// As the header `Host` has it: without the port where that is the scheme's.
        func authority(of host: String) -> String {
            let name = host.contains(":") ? "[\(host)]" : host
            guard let port, port != (isSecure ? 443 : 80) else { return name }
            return "\(name):\(port)"
        }
    }

    package init(bucket: String, region: String, endpoint: Endpoint, addressing: Addressing) {
        self.bucket = bucket
        self.region = region
        self.endpoint = endpoint
        self.addressing = addressing
    }

    /// `Host` and percent-encoded path of a key, or of the bucket itself.
    func target(of key: String?) -> (host: String, path: String) {
        let path = "/" + PercentEncoding.path(key ?? "")
        switch addressing {
        case .virtual: return (endpoint.authority(of: "\(bucket).\(endpoint.host)"), path)
        case .path:
            let bucketPath = "/" + PercentEncoding.path(bucket)
            return (endpoint.authority(of: endpoint.host), key == nil ? bucketPath : bucketPath + path)
        }
    }

    /// Whether it is a bucket's name by AWS's rules: 3 to 63 of `a-z 0-9 . -`, a letter or digit at both ends.
    package static func isBucketName(_ name: String) -> Bool {
        let utf8 = Array(name.utf8)
        guard (3...63).contains(utf8.count), let first = utf8.first, let last = utf8.last else { return false }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
            && !name.contains("..")
    }
}
