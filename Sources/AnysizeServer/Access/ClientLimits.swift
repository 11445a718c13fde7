package import AnysizeCore
import HTTPTypes
import Hummingbird

/// Holds clients to the rates that are set. A client is the holder of a key, or else an address: of IPv6 the network that a
/// household gets, which has more addresses than any table has room for.
package struct ClientLimits: Sendable {
    private let rates: ClientRates
    private let addresses: ClientAddress

    package init(_ rates: ClientRates, proxies: [IPNetwork]) {
        self.rates = rates
        addresses = ClientAddress(proxies: proxies)
    }

    func charge(_ request: Request, for work: LimitedWork, keys: KeyRing) async throws(Problem) {
        guard rates.isLimited(work) else { return }
        do throws(AnysizeError) {
            try await rates.charge(client(of: request, keys), for: work)
        } catch { throw Problem(error) }
    }

    private func client(of request: Request, _ keys: KeyRing) -> String {
        if let key = keys.key(of: request) { return "key \(key.name)" }
        // All that come without an address are one.
        guard let peer = Connection.current?.remoteAddress.flatMap({ IPAddress($0) }) else { return "unknown" }
        let address = addresses.address(peer: peer, forwardedFor: request.headers[values: .xForwardedFor])
        return address.isIPv4 ? "\(address)" : "\(address.prefix(64))/64"
    }
}

extension KeyRing {
    /// The key that a request comes with; nil where it has none, or one that isn't known.
    func key(of request: Request) -> APIKey? {
        guard let value = request.headers[.authorization], value.prefix(7).lowercased() == "bearer " else { return nil }
        return key(for: value.dropFirst(7))
    }
}

extension HTTPField.Name {
    static let xForwardedFor = Self("X-Forwarded-For")!
}
