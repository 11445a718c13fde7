#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a server is and how it lets us in: `redis://user:password@host:port/database`, or `rediss://` for TLS.
package struct RedisAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int
    package let usesTLS: Bool
    package let user: String?
    package let password: String?
    /// 0 to 15 as servers come.
    package let database: Int

    /// - Returns: nil where it is no such URL. User and password may be percent-encoded, and must be where they hold `:`, `/` or `@`.
    package init?(_ text: String) {
        guard let url = URLComponents(string: text), let scheme = url.scheme, ["redis", "rediss"].contains(scheme),
            let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil
        else { return nil }
        let path = url.path.drop { $0 == "/" }
        guard path.isEmpty || path.allSatisfy(\.isNumber), let database = path.isEmpty ? 0 : Int(path),
            database < 65_536
        else { return nil }
        self.url = text
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? 6379
        usesTLS = scheme == "rediss"
        user = url.user.flatMap { $0.isEmpty ? nil : $0 }
        password = url.password
        self.database = database
        guard (1...65_535).contains(port), password != nil || user == nil else { return nil }
    }

    /// As it was given.
    package let url: String

    /// Without the password.
    package var description: String {
        let login = user.map { "\($0):…@" } ?? (password == nil ? "" : ":…@")
        return "\(usesTLS ? "rediss" : "redis")://\(login)\(host):\(port)/\(database)"
    }

    /// What is said first on each connection.
    var greeting: [Command] {
        var commands: [Command] = []
        if let password { commands.append(Command("AUTH", user.map { [$0, password] } ?? [password])) }
        if database != 0 { commands.append(Command("SELECT", database)) }
        commands.append(Command("CLIENT", "SETNAME", "anysize"))
        return commands
    }
}
