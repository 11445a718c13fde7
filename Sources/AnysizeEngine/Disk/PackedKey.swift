import AnysizeCore

/// A variant key in 32 bytes of no allocation, where a million of them are held. As text one takes four times that.
struct PackedKey: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(_ key: VariantKey) {
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, character) in key.description.utf8.enumerated() {
            // A key is lower-case hexadecimal by its own rule.
            let isLetter = character >= UInt8(ascii: "a")
            let digit = isLetter ? character - UInt8(ascii: "a") + 10 : character - UInt8(ascii: "0")
            words[index / 16] = words[index / 16] << 4 | UInt64(digit)
        }
        (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
    }

    /// The key as text again.
    var key: VariantKey {
        let words = [first, second, third, fourth]
        let bytes = words.flatMap { word in (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        guard let key = VariantKey(Hex.encode(bytes)) else { preconditionFailure("32 bytes always make a key.") }
        return key
    }
}
