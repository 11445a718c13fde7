import HTTPTypes
import Hummingbird

/// Whether a request was made by a name that only this machine has.
///
/// Without API keys the loopback address protects, and a page of another site, opened in a browser here, gets around it
/// by giving its own name our address (DNS rebinding); its requests then carry that name.
enum LocalName {
    /// True too where no name is given at all, as by HTTP/1.0.
    static func isLocal(_ request: Request) -> Bool {
        (request.head.authority.map(isLocal) ?? true) && hasLocalOrigin(request)
    }

    private static func hasLocalOrigin(_ request: Request) -> Bool {
        request.headers[.origin].map { value in isLocal(value.split(separator: "/").last.map(String.init) ?? "") }
            ?? true
    }

    /// The header that gives a request away which isn't from here.
    static func headerAtFault(_ request: Request) -> String {
        if request.headers[.secFetchSite] == "cross-site" { return "Sec-Fetch-Site" }
        return hasLocalOrigin(request) ? "Host" : "Origin"
    }

    /// - Parameter authority: a host with or without a port.
    static func isLocal(_ authority: String) -> Bool {
        var host = authority.lowercased()[...]
        if host.hasPrefix("[") {
            host = host.dropFirst().prefix { $0 != "]" }
        } else if let colon = host.lastIndex(of: ":") {
            host = host[..<colon]
        }
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}
