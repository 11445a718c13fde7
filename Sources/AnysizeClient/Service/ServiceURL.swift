#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a running service, or a balancer in front of several, is reached: `http://127.0.0.1:8080`.
package struct ServiceURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at its end, so that a path can follow.
    package let description: String
    /// Whether what is sent can't be read on the way.
    package let isEncrypted: Bool
    package let host: String

    /// Takes `http:` and `https:`, with a path before ours where a balancer has one.
    /// - Returns: nil for anything else: no query, no fragment, no password.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.query == nil,
            parts.fragment == nil, parts.user == nil, parts.password == nil
        else { return nil }
        var base = "\(scheme)://\(host)"
        if let port = parts.port { base += ":\(port)" }
        base += parts.percentEncodedPath
        while base.hasSuffix("/") { base.removeLast() }
        description = base
        isEncrypted = scheme == "https"
        self.host = host
    }

    /// Whether the service is on this very machine, as far as its name tells.
    package var isLoopback: Bool { host == "localhost" || host.hasPrefix("127.") || host == "[::1]" || host == "::1" }
}
