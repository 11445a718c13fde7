/// How colours are written in URLs.
extension Color {
    /// From a CSS colour name in any case, 3 or 6 hexadecimal digits, 3, 4, 6 or 8 with `#` before them and alpha last, or
    /// `rgb()` with or without alpha (CSS Color 4, 5.1, 5.2 and 6.1).
    ///
    /// Not from 4 or 8 digits alone: their alpha is the first part in two grammars, and the last in others.
    package init?(_ text: String) {
        let lower = text.lowercased()
        if let value = Self.named[lower] {
            self.init(red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
        } else if lower == "transparent" {
            self = .transparent
        } else if lower.hasPrefix("rgb") {
            self.init(function: lower)
        } else if !Self.isAmbiguous(lower) {
            self.init(digits: lower.hasPrefix("#") ? lower.dropFirst() : lower[...])
        } else {
            return nil
        }
    }

    /// Whether a text is digits of which the first or the last could be the alpha.
    static func isAmbiguous(_ text: String) -> Bool {
        (text.utf8.count == 4 || text.utf8.count == 8) && Hex.decode(text) != nil
    }

    private init?(digits: Substring) {
        let isShort = digits.utf8.count <= 4
        let digits = isShort ? String(digits.flatMap { [$0, $0] }) : String(digits)
        guard digits.utf8.count == 6 || digits.utf8.count == 8, let bytes = Hex.decode(digits) else { return nil }
        self.init(red: bytes[0], green: bytes[1], blue: bytes[2], alpha: bytes.count == 4 ? bytes[3] : 255)
    }

    /// `rgb(255,0,0)`, `rgba(255, 0, 0, 0.5)`, `rgb(100% 0% 0% / 50%)`.
    private init?(function text: String) {
        guard let open = text.firstIndex(of: "("), ["rgb", "rgba"].contains(text[..<open]), text.hasSuffix(")") else {
            return nil
        }
        let inner = text[text.index(after: open)...].dropLast()
        let parts = inner.contains(",") ? Self.parts(inner, by: ",") : Self.spaced(inner)
        let channels = parts.prefix(3).map { Self.byte($0, whole: 255) }
        guard parts.count == 3 || parts.count == 4, let red = channels[0], let green = channels[1],
            let blue = channels[2], let alpha = parts.count == 4 ? Self.byte(parts[3], whole: 1) : 255
        else { return nil }
        self.init(red: red, green: green, blue: blue, alpha: alpha)
    }

    private static func parts(_ text: Substring, by separator: Character) -> [Substring] {
        text.split(separator: separator, omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
            .map { part in part.lastIndex { $0 != " " }.map { part[...$0] } ?? part }
    }

    /// Three channels between spaces, and perhaps an alpha behind a slash.
    private static func spaced(_ text: Substring) -> [Substring] {
        let halves = parts(text, by: "/")
        let channels = halves[0].split(separator: " ")
        return channels.count == 3 && halves.count <= 2 ? channels + halves.dropFirst() : []
    }

    /// A channel as a number up to `whole`, or in percent.
    private static func byte(_ text: Substring, whole: Double) -> UInt8? {
        let isPercent = text.hasSuffix("%")
        guard let number = DecimalText.parse(isPercent ? text.dropLast() : text) else { return nil }
        let share = number / (isPercent ? 100 : whole)
        return share <= 1 ? UInt8((share * 255).rounded()) : nil
    }

    /// As a parameter's value, percent-encoded: what ``init(_:)`` reads as this colour.
    package var text: String {
        if self == .transparent { return "transparent" }
        return isOpaque ? Hex.encode([red, green, blue]) : "%23" + Hex.encode([red, green, blue, alpha])
    }
}
