import AnysizeCore
import AnysizeServer
import Crypto

/// Keys as `api.keys` spells them: `name:scope+scope:digest`, the digest being the secret's SHA-256 in hexadecimal.
extension APIKey {
    /// The entry for `api.keys`.
    var entry: String { "\(nameAndScopes):\(Hex.encode(secretDigest))" }

    /// The same without the digest. A digest doesn't give the secret away, but nobody needs it on a screen.
    var maskedEntry: String { "\(nameAndScopes):****" }

    /// Always in the same order.
    var scopeNames: [String] { Scope.allCases.filter(scopes.contains).map(\.rawValue) }

    private var nameAndScopes: String { "\(name):" + scopeNames.joined(separator: "+") }

    /// Reads one entry. The reasons never repeat it: where the digest belongs, someone may have put the secret.
    init(entry: some StringProtocol) throws(Disallowed) {
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw Disallowed("must be name:scope+scope:digest, as anysize keys create prints it")
        }
        guard Self.isName(parts[0]) else {
            throw Disallowed("must have a name of 1 to 64 letters, digits, '.', '_' and '-'")
        }
        guard let scopes = Self.scopes(parts[1]) else {
            throw Disallowed("must have scopes among upload, delete and read, joined by +")
        }
        guard !parts[2].hasPrefix(Self.secretPrefix) else {
            throw Disallowed("holds the secret itself; its SHA-256 belongs here, as anysize keys create prints it")
        }
        guard let digest = Hex.decode(String(parts[2])), digest.count == SHA256.byteCount else {
            throw Disallowed("must end in the 64 hexadecimal digits of the secret's SHA-256")
        }
        self.init(name: String(parts[0]), scopes: scopes, secretDigest: digest)
    }

    /// Reads the value of `api.keys`: entries between commas or white space, maybe none.
    ///
    /// The reasons name an entry by its place and, if it has one, its name.
    static func list(_ text: String) throws(Disallowed) -> [APIKey] {
        var keys: [APIKey] = []
        var reasons: [String] = []
        for (index, entry) in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).enumerated() {
            do throws(Disallowed) {
                let key = try APIKey(entry: entry)
                if keys.contains(where: { $0.name == key.name }) { throw Disallowed("has the name of an earlier one") }
                if keys.contains(where: { $0.secretDigest == key.secretDigest }) {
                    throw Disallowed("has the digest of an earlier one; every key needs a secret of its own")
                }
                keys.append(key)
            } catch {
                let name = entry.prefix { $0 != ":" }
                let known = isName(name) && name.count < entry.count ? " (\(name))" : ""
                reasons += error.reasons.map { "entry \(index + 1)\(known) \($0)" }
            }
        }
        guard reasons.isEmpty else { throw Disallowed(reasons: reasons) }
        return keys
    }

    /// Whether a key may have this name.
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
    }

    /// The scopes in `text`, between commas or plus signs; nil if one is unknown or there is none.
    static func scopes(_ text: some StringProtocol) -> Set<Scope>? {
        let words = text.split(omittingEmptySubsequences: false) { $0 == "+" || $0 == "," }
        let scopes = words.compactMap { Scope(rawValue: String($0)) }
        return scopes.count == words.count ? Set(scopes) : nil
    }
}

/// The making of secrets.
extension APIKey {
    /// What every secret begins with, so that one that leaks into a log or a repository can be recognised.
    static let secretPrefix = "any_"

    /// A new secret: 160 random bits, out of reach of guessing at any rate.
    static func makeSecret(using generator: inout some RandomNumberGenerator) -> String {
        let bytes = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return secretPrefix + Base32.encode(bytes)
    }

    /// What is kept of a secret: the SHA-256 of its characters.
    static func digest(ofSecret secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }
}
