import HTTPTypes
import Hummingbird

/// Who may do what: by keys, and by the site that a script is of.
extension AnysizeResponder {
    /// Lets a request pass whose key has the scope.
    func authorize(_ scope: Scope, _ request: Request) throws(Problem) {
        guard !keys.isOpen else {
            // Without keys, what protects is that only this machine can connect; a page of another site, opened in a
            // browser on it, can too, and is told apart by what browsers say of themselves.
            guard request.headers[.secFetchSite] != "cross-site", LocalName.isLocal(request) else {
                throw Problem(
                    .forbidden, "cross-site", "Cross-site request",
                    detail:
                        "Without API keys, only requests for this machine by its own name can change or read originals.",
                    parameter: LocalName.headerAtFault(request)
                )
            }
            return
        }
        guard let key = keys.key(of: request) else {
            var problem = Problem(
                .unauthorized, "no-key", "No API key",
                detail: "This needs an API key with the scope \(scope.rawValue), as Authorization: Bearer SECRET.",
                parameter: "Authorization"
            )
            problem.headers[.wwwAuthenticate] = "Bearer realm=\"anysize\""
            throw problem
        }
        guard key.scopes.contains(scope) else {
            throw Problem(
                .forbidden, "missing-scope", "Missing scope",
                detail: "The API key has no scope \(scope.rawValue).", parameter: "Authorization"
            )
        }
    }

    /// Scripts of any site may read every answer, but without keys what private routes tell, which nothing else protects.
    func allowOrigins(_ response: inout Response, _ route: Route) {
        switch route {
        case .original, .list, .delete: if keys.isOpen, response.status.code < 400 { return }
        case .variant, .info, .upload, .replace, .options, .notAllowed, .unknown, .badID: break
        }
        Self.allowOrigins(&response.headers)
    }

    static func allowOrigins(_ fields: inout HTTPFields) {
        fields[.accessControlAllowOrigin] = "*"
        fields[.accessControlExposeHeaders] =
            "Anysize-Fallback, Cache-Status, Content-Length, ETag, Location, Server-Timing"
    }

    /// CORS: anyone may fetch; scripts of other sites may change things only where a key protects them.
    func options() -> Response {
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] =
            keys.isOpen ? "GET, HEAD, OPTIONS" : "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        headers[.accessControlAllowHeaders] = "Authorization, Content-Type, If-Match, If-None-Match, Range"
        headers[.accessControlMaxAge] = "86400"
        headers[.allow] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        return Self.empty(.noContent, headers)
    }
}
