/// Bytes as letters and digits that survive file names, URLs, host names and being read aloud.
///
/// The alphabet of RFC 4648 section 6 in lower case, `a`-`z` and `2`-`7`, without padding. Five bits a character:
/// 20 bytes make 32 characters, none of which differ only in case.
package enum Base32 {
    /// The spelling of `bytes`, `(8 * n + 4) / 5` characters for `n` bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((8 * bytes.underestimatedCount + 4) / 5)
        var bits: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                text.append(digit(bits >> bitCount & 31))
            }
        }
        if bitCount > 0 { text.append(digit(bits << (5 - bitCount) & 31)) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` is what `encode` writes for some bytes.
    ///
    /// Upper case, padding, a length that no bytes have and set bits after the last byte are all refused, so that no
    /// two accepted spellings name the same bytes. The empty text is accepted: it is the spelling of no bytes.
    package static func isBase32(_ text: some StringProtocol) -> Bool {
        var count = 0
        var last: UInt8 = 0
        for character in text.utf8 {
            guard let value = value(of: character) else { return false }
            last = value
            count += 1
        }
        // Bits beyond the last whole byte: fewer than a character's five, or that character says nothing at all.
        let spareBitCount = 5 * count % 8
        return spareBitCount < 5 && last & (1 << spareBitCount - 1) == 0
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        let value = UInt8(value)
        return value < 26 ? UInt8(ascii: "a") + value : UInt8(ascii: "2") + value - 26
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a")
        case UInt8(ascii: "2")...UInt8(ascii: "7"): character - UInt8(ascii: "2") + 26
        default: nil
        }
    }
}
