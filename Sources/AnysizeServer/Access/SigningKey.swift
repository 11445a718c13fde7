import Crypto

/// A named secret that URLs are signed with.
package struct SigningKey: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// Its characters are the key, as they are written: whoever signs needs no decoding.
    package let secret: String

    package init(name: String, secret: String) {
        self.name = name
        self.secret = secret
    }

    /// Without the secret, so that it gets into no log.
    package var description: String { "\(name):****" }

    /// HMAC-SHA256 of the text, 32 bytes.
    func code(of text: String) -> [UInt8] {
        let key = SymmetricKey(data: Array(secret.utf8))
        return Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// What imgix's clients write: MD5 of secret and text, in hexadecimal.
    ///
    /// Who knows such a digest can make one of a longer text, but only of one with NUL bytes in it, which no request has.
    func imgixDigest(of text: String) -> [UInt8] {
        Array(Insecure.MD5.hash(data: Array((secret + text).utf8)))
    }
}
