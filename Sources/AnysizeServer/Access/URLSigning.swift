import AnysizeCore

/// Who may make URLs of pictures: whoever has one of these keys. With none of them at all, everybody.
///
/// Signed are path and query exactly as they are sent, so that a client in any language can sign, and needs to know
/// neither our parameters nor which spellings of them mean the same.
package struct URLSigning: Sendable {
    /// The first one signs; all are accepted, so that keys can be changed one after the other.
    private let keys: [SigningKey]
    /// Of imgix's clients, likewise.
    private let imgixTokens: [SigningKey]
    /// How many bytes of a code are written, and at least demanded.
    private let byteCount: Int

    /// All of a code.
    package static let byteCountMax = 32
    /// Fewer could be guessed, in time.
    package static let byteCountMin = 16

    package init(keys: [SigningKey] = [], imgixTokens: [SigningKey] = [], byteCount: Int = Self.byteCountMax) {
        precondition((Self.byteCountMin...Self.byteCountMax).contains(byteCount), "A code has 16 to 32 bytes.")
        self.keys = keys
        self.imgixTokens = imgixTokens
        self.byteCount = byteCount
    }

    package var isOpen: Bool { keys.isEmpty && imgixTokens.isEmpty }

    /// The target with its signature.
    /// - Parameters:
    ///   - target: path and query, as they will be sent.
    ///   - name: of the key; nil for the first one there is.
    /// - Returns: the same target where URLs aren't signed; nil where no key has that name.
    package func signed(_ target: String, by name: String? = nil) -> String? {
        let joint = target.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        if let key = keys.first(where: { name == nil || $0.name == name }) {
            return "\(target)\(joint)sig=\(Base64URL.encode(key.code(of: target).prefix(byteCount)))"
        }
        if let token = imgixTokens.first(where: { name == nil || $0.name == name }) {
            return "\(target)\(joint)s=\(Hex.encode(token.imgixDigest(of: target)))"
        }
        return name == nil ? target : nil
    }

    /// Whether a part of a query is a signature.
    package static func isSignature(_ pair: Substring) -> Bool {
        SignedTarget.signatureNames.contains(pair.prefix { $0 != "=" })
    }

    /// Whether a part of a query is an expiry.
    package static func isExpiry(_ pair: Substring) -> Bool {
        SignedTarget.expiryNames.contains(pair.prefix { $0 != "=" })
    }

    /// Whether a signature is one of the text. Tries every key and looks at every byte, whatever it finds, so that time
    /// tells nothing.
    func holds(_ signature: SignedTarget.Parameter, of text: String) -> Bool {
        // What no request line has, see `SigningKey.imgixDigest`.
        guard text.utf8.allSatisfy({ $0 > 0x20 }) else { return false }
        var isFound = false
        if let given = Base64URL.decode(signature.value), (byteCount...Self.byteCountMax).contains(given.count) {
            for key in keys {
                let isSame = ConstantTime.isEqual(key.code(of: text).prefix(given.count), given)
                isFound = isFound || isSame
            }
        }
        if signature.name == "s", let given = Hex.decode(signature.value) {
            for token in imgixTokens {
                let isSame = ConstantTime.isEqual(token.imgixDigest(of: text), given)
                isFound = isFound || isSame
            }
        }
        return isFound
    }
}
