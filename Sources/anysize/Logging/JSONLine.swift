/// One line of JSON, an object of strings, written by hand: a general encoder takes a hundred times as long, and lines are
/// written where requests wait.
struct JSONLine {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// Characters of one value: nothing that is logged needs more, and what callers send must not fill disks.
    static let valueCharacterCountMax = 1000

    /// Adds a member; longer values are cut.
    mutating func add(_ key: String, _ value: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        write(key[...])
        bytes.append(UInt8(ascii: ":"))
        // Bytes are counted quickly, and there are at least as many of them as of characters.
        write(value.utf8.count <= Self.valueCharacterCountMax ? value[...] : value.prefix(Self.valueCharacterCountMax))
    }

    /// Closes the object, and the line.
    mutating func end() { bytes += [UInt8(ascii: "}"), UInt8(ascii: "\n")] }

    /// In quotes, with everything escaped that must be (RFC 8259, section 7).
    private mutating func write(_ text: Substring) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0..<32:
                bytes += "\\u00".utf8
                bytes += [Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
