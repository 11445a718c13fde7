import AnysizeCore

/// A file's path below the directory that is imported, byte for byte: file names needn't be UTF-8.
package struct TreePath: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at either end, and without NUL.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// From the spelling that ``description`` has; nil where an escape is broken.
    package init?(_ text: some StringProtocol) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))?.first
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        self.bytes = bytes
    }

    /// Text in which each path has one spelling, in one line that does nothing to a terminal: percent signs, characters that control
    /// or format, and bytes that aren't UTF-8 are escaped as `%` and two hexadecimal digits.
    package var description: String {
        guard !bytes.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "%") }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = Self.characterByteCount(first)
            let piece = rest.prefix(length)
            if let scalar = String(validating: piece, as: UTF8.self)?.unicodeScalars.first, Self.isHarmless(scalar) {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(length)
            } else {
                text += "%" + Hex.encode(CollectionOfOne(first))
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// The last part.
    package var name: ArraySlice<UInt8> {
        bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
    }

    /// Spreads paths over 64 bits; two that share a value are told apart by looking.
    package var hash64: UInt64 { bytes.withUnsafeBytes { XXH64.hash($0) } }

    func appending(_ name: [UInt8]) -> TreePath {
        TreePath(bytes: bytes.isEmpty ? name : bytes + [UInt8(ascii: "/")] + name)
    }

    /// Of a character that begins so; 1 for a byte that begins none.
    private static func characterByteCount(_ first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar != "%" else { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
