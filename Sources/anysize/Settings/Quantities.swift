/// Whole numbers as the settings write them: digits, in groups by `_` if wanted, without sign.
enum WholeNumber {
    /// Nil for anything else, and for what an `Int` can't hold.
    static func parse(_ text: some StringProtocol) -> Int? {
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }) else { return nil }
        return Int(groups.joined())
    }

    /// In groups of three from a million on, where digits can no longer be counted at a glance.
    static func spell(_ number: Int) -> String {
        guard number >= 1_000_000 else { return "\(number)" }
        var text = ""
        for (index, digit) in "\(number)".reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append("_") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

/// Numbers of bytes as the settings write them: `750000`, `64MB`, `1GiB`.
///
/// KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB powers of 1024, B is one; in any case of letters, since
/// nobody who writes `64mb` here means bits. The number is whole.
enum ByteCount {
    private static let units: [(name: String, factor: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1_000), ("B", 1),
    ]

    /// Nil for anything else, and for what an `Int` can't hold.
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0 == "_" || $0.isWholeNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = WholeNumber.parse(digits) else { return nil }
        guard !unit.isEmpty else { return number }
        guard let factor = units.first(where: { $0.name.lowercased() == unit.lowercased() })?.factor else { return nil }
        let (count, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : count
    }

    /// In the unit that leaves the smallest whole number, so that nothing is rounded.
    static func spell(_ count: Int) -> String {
        let fitting = units.filter { $0.factor > 1 && count >= $0.factor && count.isMultiple(of: $0.factor) }
        guard let unit = fitting.max(by: { $0.factor < $1.factor }) else { return WholeNumber.spell(count) }
        return "\(count / unit.factor)\(unit.name)"
    }
}

/// Times as the settings write them: decimal seconds, `2` or `0.5`, to the millisecond.
enum DecimalSeconds {
    /// Nil for anything else: no sign, no exponent, no unit.
    static func parse(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }) else { return nil }
        guard parts.count == 1 || parts[1].count <= 3 else { return nil }
        return Double(text)
    }

    /// Without a fraction of nought.
    static func spell(_ seconds: Double) -> String {
        let text = "\(seconds)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension UInt8 {
    /// Whether it is one of the ASCII characters `0` to `9`.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// Whether it is one of the ASCII characters `0` to `9`, `A` to `Z` and `a` to `z`.
    var isLetterOrDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}
