import Crypto
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Signature Version 4: proves who sends a request, and that nobody has changed it on the way.
///
/// Every header that is there is signed, so what goes into a request after it has been signed must not matter.
struct S3Signer: Sendable {
    let region: String
    var service = "s3"

    /// Adds what a signed request has to say: `x-amz-date`, `x-amz-security-token`, `authorization`.
    /// - Parameters:
    ///   - path: as it is sent, percent-encoded.
    ///   - query: names and values, not encoded.
    ///   - headers: with `host`, and with all that matters.
    ///   - payloadHash: SHA-256 of the body in lower-case hexadecimal.
    func sign(
        _ method: HTTPMethod, path: String, query: [(String, String)], headers: inout HTTPHeaders, payloadHash: String,
        with credentials: S3Credentials, at time: Date
    ) {
        let stamp = AmzDate(time)
        headers.replaceOrAdd(name: "x-amz-date", value: stamp.dateTime)
        if let token = credentials.sessionToken {
            headers.replaceOrAdd(name: "x-amz-security-token", value: token.revealed)
        }
        let signed = Self.canonical(headers)
        let names = signed.map(\.name).joined(separator: ";")
        let canonicalRequest = [
            method.rawValue, path, PercentEncoding.query(query, sorted: true),
            signed.map { "\($0.name):\($0.value)\n" }.joined(), names, payloadHash,
        ].joined(separator: "\n")
        let scope = "\(stamp.date)/\(region)/\(service)/aws4_request"
        let text =
            "AWS4-HMAC-SHA256\n\(stamp.dateTime)\n\(scope)\n\(HexText.of(SHA256.hash(data: Array(canonicalRequest.utf8))))"
        let signature = HexText.of(Self.mac(key(credentials, stamp.date), text))
        headers.replaceOrAdd(
            name: "authorization",
            value: "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
                + "SignedHeaders=\(names), Signature=\(signature)"
        )
    }

    /// The key of a day, region and service: what leaks of it is worth little.
    private func key(_ credentials: S3Credentials, _ date: String) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey.revealed)".utf8))
        for part in [date, region, service, "aws4_request"] { key = SymmetricKey(data: Self.mac(key, part)) }
        return key
    }

    private static func mac(_ key: SymmetricKey, _ text: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// Names in lower case and order; values without blanks at the ends, and with one where there were several.
    private static func canonical(_ headers: HTTPHeaders) -> [(name: String, value: String)] {
        let names = Set(headers.map { $0.name.lowercased() }).subtracting(["authorization"]).sorted()
        return names.map { name in
            let values = headers[name].map { value in
                value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
            return (name, values.joined(separator: ","))
        }
    }
}

/// A moment as signatures spell it.
struct AmzDate: Sendable, Hashable {
    /// `20130524`.
    let date: String
    /// `20130524T000000Z`.
    let dateTime: String

    init(_ time: Date) {
        let seconds = Int(time.timeIntervalSince1970.rounded(.down))
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = Self.civil(days)
        date = Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0, 2) }.joined()
        dateTime = "\(date)T\(clock)Z"
    }

    /// Year, month and day of a number of days since 1970, by eras of 400 years that begin in March.
    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
