import Crypto

/// What a caller with a key may do.
package enum Scope: String, CaseIterable, Sendable {
    /// Upload and replace originals.
    case upload
    /// Delete them.
    case delete
    /// List them, fetch the uploaded bytes, and keep metadata in variants.
    case read
}

/// A named key. The secret itself is known to its holder only; here is its SHA-256, which is enough for secrets of 160
/// random bits.
package struct APIKey: Hashable, Sendable {
    package let name: String
    package let scopes: Set<Scope>
    /// 32 bytes.
    package let secretDigest: [UInt8]

    package init(name: String, scopes: Set<Scope>, secretDigest: [UInt8]) {
        self.name = name
        self.scopes = scopes
        self.secretDigest = secretDigest
    }
}

/// All keys of this service. None at all means that every caller may do everything; the settings allow that on a loopback
/// address only.
package struct KeyRing: Sendable {
    private let keys: [APIKey]

    package init(_ keys: [APIKey]) { self.keys = keys }

    package var isOpen: Bool { keys.isEmpty }

    /// The key a secret belongs to. Looks at every key and every byte, whatever it finds, so that time tells nothing.
    package func key(for secret: some StringProtocol) -> APIKey? {
        let digest = Array(SHA256.hash(data: Array(secret.utf8)))
        var found: APIKey?
        for key in keys where ConstantTime.isEqual(key.secretDigest, digest) { found = key }
        return found
    }
}
