/// Why a command has no reply, by what a caller may want to do about it.
package enum RedisError: Error, Hashable, Sendable {
    /// No connection is up: the server is gone, or doesn't let us in. Known at once, without waiting.
    case unavailable
    /// A connection can't be made; `detail` tells an operator why.
    case unreachable(detail: String)
    /// No reply in time. It may have been carried out, or may yet be.
    case timedOut
    /// More is queued already than a server that is well would leave waiting.
    case busy
    /// The server says no.
    case server(ServerError)
    /// What came back isn't RESP, or beyond all bounds. The connection is closed.
    case malformed
    /// A reply of another kind than the command has.
    case unexpected
}

/// An error reply: its first word tells the kind.
package struct ServerError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case noAuth = "NOAUTH"
        case wrongPassword = "WRONGPASS"
        case noPermission = "NOPERM"
        case readOnly = "READONLY"
        case outOfMemory = "OOM"
        case loading = "LOADING"
        /// It can't write its own snapshots and therefore takes no writes.
        case misconfigured = "MISCONF"
        case wrongType = "WRONGTYPE"
        case noScript = "NOSCRIPT"
        /// It is one of a cluster, and the key is another's; nobody here follows.
        case moved = "MOVED"
        case busyScript = "BUSY"
        case other
    }

    package let kind: Kind
    /// In the server's words, for logs: at most 200 bytes.
    package let message: String

    package init(_ text: String) {
        let word = text.prefix { $0 != " " }
        kind = Kind(rawValue: String(word)) ?? .other
        message = String(text.prefix(200))
    }
}

extension RedisError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable: "no connection is up"
        case .unreachable(let detail): detail
        case .timedOut: "no reply in time"
        case .busy: "too many commands wait for a reply"
        case .server(let error): "it says: \(error.message)"
        case .malformed: "what it says isn't Redis' protocol"
        case .unexpected: "a reply of another kind than the command has"
        }
    }
}
