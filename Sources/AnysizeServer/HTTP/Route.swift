package import AnysizeCore
package import HTTPTypes

/// What a request is for. A handful of routes, told apart by an exhaustive switch: a path that exists answers every method,
/// with 405 and `Allow` where it isn't one of its own.
package enum Route: Hashable, Sendable {
    case list
    case upload
    case variant(OriginalID)
    case replace(OriginalID)
    case delete(OriginalID)
    case info(OriginalID)
    case original(OriginalID)
    case options
    case notAllowed(allow: String)
    case unknown
    case badID

    package init(_ method: HTTPRequest.Method, path: some StringProtocol) {
        let isFetch = method == .get || method == .head
        if method == .options {
            self = .options
            return
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard segments.first == "img", segments.count <= 3 else {
            self = .unknown
            return
        }
        if segments.count == 1 {
            self = isFetch ? .list : method == .post ? .upload : .notAllowed(allow: "GET, HEAD, POST, OPTIONS")
            return
        }
        guard let text = PercentEncoding.decode(segments[segments.startIndex + 1]), let id = OriginalID(text) else {
            self = .badID
            return
        }
        switch segments.dropFirst(2).first {
        case nil where isFetch: self = .variant(id)
        case nil where method == .put: self = .replace(id)
        case nil where method == .delete: self = .delete(id)
        case nil: self = .notAllowed(allow: "GET, HEAD, PUT, DELETE, OPTIONS")
        case "info" where isFetch: self = .info(id)
        case "original" where isFetch: self = .original(id)
        case "info", "original": self = .notAllowed(allow: "GET, HEAD, OPTIONS")
        default: self = .unknown
        }
    }

    /// What a `GET` of a path is for.
    package init(fetching path: some StringProtocol) { self.init(.get, path: path) }

    /// Its name in logs and metrics; never a path, which callers choose.
    package var name: String {
        switch self {
        case .list: "list"
        case .upload: "upload"
        case .variant: "variant"
        case .replace: "replace"
        case .delete: "delete"
        case .info: "info"
        case .original: "original"
        case .options: "options"
        case .notAllowed, .unknown, .badID: "other"
        }
    }
}

/// The two parts of a request target.
package struct RequestTarget: Sendable {
    package let path: Substring
    /// Without the question mark; empty where there is none.
    package let query: Substring

    /// Takes the origin form and, as every server must (RFC 9112, 3.2.2), the absolute form.
    package init(_ target: String) {
        var rest = Substring(target)
        for scheme in ["http://", "https://"] where rest.prefix(scheme.count).lowercased() == scheme {
            rest = rest.dropFirst(scheme.count)
            rest = rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0...] } ?? ""
            // An authority alone means the root.
            if rest.first != "/" { rest = "/" + rest }
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        query = parts.count == 2 ? parts[1] : ""
    }

    /// The first value that a parameter has in the query, cut to a length that answers can bear; nil where it has none.
    func value(of parameter: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == parameter else { continue }
            return PercentEncoding.decode(parts[1]).map { String($0.prefix(64)) }
        }
        return nil
    }
}
