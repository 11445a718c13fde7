#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Percent-encoding as signatures demand it: everything but `A-Z a-z 0-9 - . _ ~`, in upper-case hexadecimal.
enum PercentEncoding {
    /// A part of a query.
    static func encode(_ text: String) -> String { encode(text, keeping: []) }

    /// A key within a path: its slashes stay.
    static func path(_ key: String) -> String { encode(key, keeping: [UInt8(ascii: "/")]) }

    /// A query without `?`. Names without a value keep their `=`.
    /// - Parameter sorted: by encoded name, then value, as signatures want it.
    static func query(_ items: [(String, String)], sorted: Bool = false) -> String {
        var pairs = items.map { (encode($0.0), encode($0.1)) }
        if sorted { pairs.sort { $0 < $1 } }
        return pairs.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    private static func encode(_ text: String, keeping kept: [UInt8]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: HexText.upper[Int(byte >> 4)...Int(byte >> 4)])
                bytes.append(contentsOf: HexText.upper[Int(byte & 15)...Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

/// Hexadecimal text.
enum HexText {
    static let upper = Array("0123456789ABCDEF".utf8)
    private static let lower = Array("0123456789abcdef".utf8)

    /// In lower case.
    static func of(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [lower[Int($0 >> 4)], lower[Int($0 & 15)]] }, as: UTF8.self)
    }
}
