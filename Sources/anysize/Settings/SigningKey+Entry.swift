import AnysizeServer

/// Keys as `signing.keys` spells them: `name:secret`.
extension SigningKey {
    /// The entry for the settings.
    var entry: String { "\(name):\(secret)" }

    /// Reads a list: entries between commas or white space, maybe none. The reasons never repeat a secret.
    static func list(_ text: String, byteCountMin: Int) throws(Disallowed) -> [SigningKey] {
        var keys: [SigningKey] = []
        var reasons: [String] = []
        for (index, entry) in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).enumerated() {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.count == 2 && APIKey.isName(parts[0]) ? String(parts[0]) : nil
            func fault(_ reason: String) {
                reasons.append("entry \(index + 1)\(name.map { " (\($0))" } ?? "") \(reason)")
            }
            guard let name else {
                fault("must be name:secret, with a name of 1 to 64 letters, digits, '.', '_' and '-'")
                continue
            }
            let secret = String(parts[1])
            if secret.utf8.count < byteCountMin || !secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                fault("must have a secret of at least \(byteCountMin) printable ASCII characters")
            } else if keys.contains(where: { $0.name == name }) {
                fault("has the name of an earlier one")
            } else if keys.contains(where: { $0.secret == secret }) {
                fault("has the secret of an earlier one")
            } else {
                keys.append(SigningKey(name: name, secret: secret))
            }
        }
        guard reasons.isEmpty else { throw Disallowed(reasons: reasons) }
        return keys
    }
}
