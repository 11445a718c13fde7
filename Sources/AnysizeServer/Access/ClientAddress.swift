/// Which address a request comes from, where proxies that are trusted may stand between.
///
/// Each proxy adds at the right of `X-Forwarded-For` whom it was asked by. So the list is read from there, as far as proxies wrote
/// it that are known; what stands further left, callers may have written themselves.
package struct ClientAddress: Sendable {
    private let proxies: [IPNetwork]

    package init(proxies: [IPNetwork]) { self.proxies = proxies }

    /// - Parameters:
    ///   - peer: who has connected.
    ///   - forwardedFor: the fields of that name, in their order.
    package func address(peer: IPAddress, forwardedFor: [String]) -> IPAddress {
        var client = peer
        // From the right, and no further than proxies go: a caller may send as much as a head holds.
        for field in forwardedFor.reversed() {
            for entry in field.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard proxies.contains(where: { $0.contains(client) }), let next = Self.address(in: entry) else {
                    return client
                }
                client = next
            }
        }
        return client
    }

    /// Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    private static func address(in entry: Substring) -> IPAddress? {
        let text = entry.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        if text.hasPrefix("[") { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        return IPAddress(text) ?? IPAddress(text.prefix { $0 != ":" })
    }
}
