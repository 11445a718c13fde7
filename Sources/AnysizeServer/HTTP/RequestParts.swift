import AnysizeCore
import HTTPTypes

extension WriteCondition {
    /// From `If-None-Match` and `If-Match` of a `PUT`. Tags are digests of originals, as the answers to uploads give them.
    init(_ headers: HTTPFields) throws(Problem) {
        self = .always
        if let value = headers[.ifNoneMatch] {
            guard EntityTags(value) == .any, headers[.ifMatch] == nil else {
                throw Problem(
                    .badRequest, "bad-request", "Bad request",
                    detail: "With PUT, If-None-Match must be * and stand alone.", parameter: "If-None-Match"
                )
            }
            self = .absent
        }
        guard let value = headers[.ifMatch] else { return }
        switch EntityTags(value) {
        case .any: self = .present
        // A weak tag never matches here (RFC 9110, 13.1.1), and a tag that is no digest matches nothing.
        case .list(let strong, _): self = .matching(strong.compactMap { Digest(hex: $0) })
        case nil:
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "If-Match must be * or a list of quoted digests.", parameter: "If-Match"
            )
        }
    }
}

/// The parameters of `/info`.
struct InfoQuery {
    /// Whether what a camera wrote is asked for.
    private(set) var hasExif = false

    init(_ query: Substring) throws(Problem) {
        for (index, pair) in query.split(separator: "&").enumerated() {
            guard index == 0, pair == "exif=1" || pair == "exif=true" else {
                let name = PercentEncoding.decode(pair.split(separator: "=").first ?? pair) ?? "?"
                throw Problem(
                    .badRequest, "bad-request", "Bad request", detail: "This path takes no parameter but exif=1.",
                    parameter: String(name.prefix(64)))
            }
            hasExif = true
        }
    }
}

/// The parameters of a listing.
struct PageQuery {
    var limit = 100
    var after: OriginalID?

    static let limitMax = 1000

    init(_ query: Substring) throws(Problem) {
        var seen: Set<Substring> = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? PercentEncoding.decode(parts[1]) : nil
            guard seen.insert(parts[0]).inserted else { throw Self.bad(parts[0], "A parameter is given twice.") }
            switch parts[0] {
            case "limit":
                guard let value, value.utf8.count <= 4, value.utf8.allSatisfy({ (48...57).contains($0) }),
                    let limit = Int(value), (1...Self.limitMax).contains(limit)
                else { throw Self.bad("limit", "limit must be a whole number from 1 to \(Self.limitMax).") }
                self.limit = limit
            case "after":
                guard let value, let id = OriginalID(value) else {
                    throw Self.bad("after", "after must be an id: \(OriginalID.rule).")
                }
                after = id
            default: throw Self.bad(parts[0], "A listing takes limit and after.")
            }
        }
    }

    private static func bad(_ name: Substring, _ detail: String) -> Problem {
        let name = PercentEncoding.decode(name) ?? "?"
        return Problem(.badRequest, "bad-request", "Bad request", detail: detail, parameter: String(name.prefix(64)))
    }
}
