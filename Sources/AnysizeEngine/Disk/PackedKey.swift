import AnysizeCore

/// A variant key in 32 bytes of no allocation, where a million of them are held. As text one takes four times that.
struct PackedKey: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(_ key: VariantKey) {
        var text = key.description
        (first, second, third, fourth) = text.withUTF8 {
            (Self.word($0, 0), Self.word($0, 1), Self.word($0, 2), Self.word($0, 3))
        }
    }

    /// What 16 digits say.
    private static func word(_ text: UnsafeBufferPointer<UInt8>, _ number: Int) -> UInt64 {
        text[number * 16..<number * 16 + 16].reduce(0) { word, character in
            // A key is lower-case hexadecimal by its own rule.
            let isLetter = character >= UInt8(ascii: "a")
            let digit = isLetter ? character - UInt8(ascii: "a") + 10 : character - UInt8(ascii: "0")
            return word << 4 | UInt64(digit)
        }
    }

    /// The key as text again.
    var key: VariantKey {
        let words = [first, second, third, fourth]
        let bytes = words.flatMap { word in (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        guard let key = VariantKey(Hex.encode(bytes)) else { preconditionFailure("32 bytes always make a key.") }
        return key
    }
}
