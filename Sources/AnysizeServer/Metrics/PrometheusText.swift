/// The spelling rules of Prometheus' text exposition format 0.0.4.
///
/// From "Exposition formats" and "Data model" of the Prometheus documentation. One line that breaks them costs the
/// whole page, so everything a caller chooses goes through here.
package enum PrometheusText {
    /// The most bytes of a label value that are kept; a label is a word from a short list, not a text.
    package static let labelValueByteCountMax = 128

    /// A valid metric name; other characters than letters, digits, `_` and `:` become `_`.
    ///
    /// - Parameter suffix: Appended unless the name ends in a unit that Prometheus knows already.
    package static func name(_ text: String, suffix: String = "") -> String {
        let name = sanitised(text, isColonAllowed: true)
        let isComplete = ["_total", "_seconds", "_bytes"].contains { name.hasSuffix($0) }
        return isComplete ? name : name + suffix
    }

    /// The labels as they stand between the braces: valid, escaped and sorted by name, so the same labels in
    /// another order are the same text.
    ///
    /// A label without a value is the same to Prometheus as none, so it is left out; of two with one name the last
    /// counts. `le` belongs to histograms and names that begin with `__` to Prometheus itself; both are moved aside.
    package static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[labelName(name)] = value }
        return values.filter { !$0.value.isEmpty }
            .sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(escapedValue($0.value))\"" }
            .joined(separator: ",")
    }

    /// One sample.
    package static func writeLine(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(value)\n"
    }

    /// A sample's value or a bucket's bound, without a fraction if it has none.
    package static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // 2^53: up to here a Double holds every whole number, so the digits are exact.
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return "\(value)"
    }

    /// The text of a `# HELP` line, in which only backslash and line feed are special.
    package static func escapedHelp(_ text: String) -> String {
        escaped(text, isQuoteSpecial: false)
    }

    private static func escapedValue(_ text: String) -> String {
        guard text.utf8.count > labelValueByteCountMax else { return escaped(text, isQuoteSpecial: true) }
        // Cut between scalars; half of one would not be UTF-8.
        var kept = String.UnicodeScalarView()
        var byteCount = 0
        for scalar in text.unicodeScalars {
            byteCount += UTF8.width(scalar)
            if byteCount > labelValueByteCountMax { break }
            kept.append(scalar)
        }
        return escaped(String(kept), isQuoteSpecial: true)
    }

    private static func escaped(_ text: String, isQuoteSpecial: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where isQuoteSpecial: result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func labelName(_ text: String) -> String {
        var name = sanitised(text, isColonAllowed: false)
        while name.hasPrefix("__") { name.removeFirst() }
        return name == "le" ? "le_" : name
    }

    private static func sanitised(_ text: String, isColonAllowed: Bool) -> String {
        var bytes = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): byte
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: ":") where isColonAllowed: byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.isEmpty || bytes[0] <= UInt8(ascii: "9") { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
