import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// From what went wrong to what it means. Servers differ in their statuses, less so in their codes.
extension TryFailure {
    /// A refusal.
    /// - Parameter time: of our clock, when the request was signed.
    init(
        status: Int, headers: HTTPHeaders, body: ByteBuffer, _ request: S3Request, _ location: S3Location, at time: Date
    ) {
        // Time-outs and expired credentials are 400 at AWS, and an answer to HEAD can't say which of them it is.
        if status == 400, request.operation.method == .HEAD {
            self.init(.rejected(status: status, code: "status 400"), worthRetrying: .credentials)
            return
        }
        // An answer to HEAD has no body, and what stands between us and the server may send anything.
        let code = (try? XMLNode.read(body)).flatMap { $0.name == "Error" ? $0["Code"] : nil }
        self.init(
            status: status, code: code.map { String($0.prefix(64)) }, serverTime: headers.first(name: "date"), location,
            at: time
        )
    }

    /// - Parameter code: nil where the answer has none.
    init(status: Int, code: String?, serverTime: String?, _ location: S3Location, at time: Date) {
        let name = code ?? "status \(status)"
        switch code {
        case "RequestTimeTooSkewed":
            self.init(.clockSkewed(aheadSeconds: Self.ahead(of: serverTime, time)))
        case "ExpiredToken", "TokenRefreshRequired":
            self.init(.denied(code: name), worthRetrying: .credentials)
        case "NoSuchBucket": self.init(.noSuchBucket(location.bucket))
        case "NoSuchUpload": self.init(.noSuchUpload)
        case "ConditionalRequestConflict", "PreconditionFailed": self.init(.preconditionFailed)
        case "SlowDown", "RequestLimitExceeded", "Throttling", "ServiceUnavailable":
            self.init(.unavailable(detail: name), worthRetrying: .slowDown)
        case "RequestTimeout": self.init(.unavailable(detail: name), worthRetrying: .timeOut)
        case "BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
            self.init(.unavailable(detail: name), worthRetrying: .damaged)
        case "QuotaExceeded", "InsufficientCapacity", "InsufficientStorage", "XMinioStorageFull":
            self.init(.full(code: name))
        default: self.init(status: status, name: name, serverTime: serverTime, at: time)
        }
    }

    /// By the status alone.
    private init(status: Int, name: String, serverTime: String?, at time: Date) {
        switch status {
        case 403:
            // Told from the header too, since an answer to HEAD has no code.
            if let ahead = Self.ahead(of: serverTime, time), abs(ahead) >= 900 {
                self.init(.clockSkewed(aheadSeconds: ahead))
            } else {
                self.init(.denied(code: name))
            }
        case 401: self.init(.denied(code: name))
        case 404: self.init(.notFound)
        case 412: self.init(.preconditionFailed)
        case 429, 503: self.init(.unavailable(detail: name), worthRetrying: .slowDown)
        case 408: self.init(.unavailable(detail: name), worthRetrying: .timeOut)
        case 507: self.init(.full(code: name))
        case 500...599: self.init(.unavailable(detail: name), worthRetrying: .serverError)
        default: self.init(.rejected(status: status, code: name))
        }
    }

    /// No answer, or half of one.
    init(thrown error: any Error) {
        switch error {
        case let error as UnreadablePiece: self.init(.unreadableBody(detail: error.detail))
        case is CancellationError: self.init(.cancelled)
        case let error as HTTPClientError:
            let detail = error.shortDescription
            switch error {
            case .cancelled: self.init(.cancelled)
            case .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
                .tlsHandshakeTimeout:
                self.init(.unavailable(detail: detail), worthRetrying: .timeOut)
            case .invalidURL, .emptyHost, .emptyScheme: self.init(.malformed(detail: detail))
            default: self.init(.unavailable(detail: detail), worthRetrying: .connection)
            }
        default: self.init(.unavailable(detail: "\(error)"), worthRetrying: .connection)
        }
    }

    /// By how many seconds our clock is ahead of the server's.
    private static func ahead(of serverTime: String?, _ time: Date) -> Int? {
        serverTime.flatMap { HTTPTime.read($0) }.map { Int(time.timeIntervalSince1970.rounded()) - $0 }
    }
}

/// Times in headers: `Tue, 24 Nov 2026 04:06:29 GMT` (RFC 9110, 5.6.7).
enum HTTPTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil where it isn't a time in that spelling.
    static func read(_ text: String) -> Int? {
        let parts = text.split(whereSeparator: { " :".contains($0) })
        guard parts.count == 8, parts[7] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2])), let hour = Int(parts[4]), let minute = Int(parts[5]),
            let second = Int(parts[6]), (1970...9999).contains(year)
        else { return nil }
        return days(year, month + 1, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days since 1970, by years that begin in March.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + ofYear - 719_468
    }
}
