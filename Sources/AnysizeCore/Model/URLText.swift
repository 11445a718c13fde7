/// Plain decimal numbers as URLs have them: `0.5`, `12`, `.25`. No sign, no exponent, no NaN, at most 12 characters.
package enum DecimalText {
    package static func parse(_ text: some StringProtocol) -> Double? {
        let utf8 = text.utf8
        guard (1...12).contains(utf8.count) else { return nil }
        var whole = 0.0
        var scale = 1.0
        var digits = 0
        var seenPoint = false
        for character in utf8 {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                whole = whole * 10 + Double(character - UInt8(ascii: "0"))
                if seenPoint { scale *= 10 }
                digits += 1
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            default: return nil
            }
        }
        return digits > 0 ? whole / scale : nil
    }

    /// The shortest text that reads back as the same number: no point where it is whole.
    package static func print(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }
}

/// Percent-encoding of RFC 3986.
package enum PercentEncoding {
    /// Nil where the decoded bytes are not UTF-8 or one is NUL. A plus sign is a plus sign, and a percent sign that begins no
    /// escape is itself, as browsers have it: `crop=10%,0,50%,50%` is what people type.
    package static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else {
            return text.utf8.contains(0) ? nil : String(text)
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))?.first
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Escapes everything but what RFC 3986 (2.3) says never needs it.
    package static func encode(_ text: some StringProtocol) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return encoded
    }
}
