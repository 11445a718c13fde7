/// The root element of an XML document: its name, and its attributes as they stand there.
///
/// What may come before it is skipped by the book (XML 1.0, 2.8): byte order mark, declaration, comments, instructions, document
/// type. Nothing is looked up and no entity is expanded, so time grows with the bytes that are there, up to a bound. ASCII is read,
/// in whatever encoding that is a part of; UTF-16 isn't.
package struct XMLRoot {
    private let bytes: UnsafeRawBufferPointer
    /// Of the name, with its prefix.
    private let name: Range<Int>

    /// The root is looked for in so many first bytes, and must end in them.
    private static let byteCountMax = 65_536
    private static let attributeCountMax = 200

    /// Finds the root element's name; nil where these bytes aren't XML, or end before the name does.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.byteCountMax))
        var scan = XMLScan(self.bytes)
        guard scan.skipPrologue(), let name = scan.name() else { return nil }
        self.name = name
    }

    /// Whether a byte may stand before a document's first bracket: blanks, and those of a byte order mark.
    static func mayPrecede(_ byte: UInt8) -> Bool { XMLScan.isBlank(byte) || [0xEF, 0xBB, 0xBF].contains(byte) }

    /// Without its prefix.
    package var localName: String {
        let name = bytes[name]
        let start = name.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? name.startIndex
        return String(decoding: name[start...], as: UTF8.self)
    }

    /// Where the name ends.
    package var nameEnd: Int { name.upperBound }

    package struct Attribute {
        package let name: String
        /// Between its quotes, as written.
        package let value: String
        /// From the first letter of the name to the closing quote.
        package let place: Range<Int>
    }

    /// In the order in which they stand there.
    package func attributes() throws(HeaderError) -> [Attribute] {
        var scan = XMLScan(bytes, from: nameEnd)
        var found: [Attribute] = []
        while true {
            scan.skipBlanks()
            guard let byte = scan.next else { throw .malformed(.svgRoot) }
            if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") { return found }
            guard let (name, value) = scan.attribute(), found.count < Self.attributeCountMax else {
                throw .malformed(.svgRoot)
            }
            found.append(
                Attribute(
                    name: String(decoding: bytes[name], as: UTF8.self),
                    value: String(decoding: bytes[value], as: UTF8.self),
                    place: name.lowerBound..<value.upperBound + 1
                )
            )
        }
    }
}

/// A way through the beginning of a document, from one byte to a later one.
private struct XMLScan {
    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func has(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[offset...].starts(with: $0) }
    }

    /// Moves behind the next place with that text; false where there is none.
    private mutating func skip(behind text: StaticString) -> Bool {
        while offset < bytes.count {
            if has(text) {
                offset += text.utf8CodeUnitCount
                return true
            }
            offset += 1
        }
        return false
    }

    mutating func skipBlanks() {
        while let byte = next, Self.isBlank(byte) { offset += 1 }
    }

    /// Moves to the root element's name; false where something else comes, or nothing any more.
    mutating func skipPrologue() -> Bool {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "<") else { return false }
            if has("<?") {
                guard skip(behind: "?>") else { return false }
            } else if has("<!--") {
                guard skip(behind: "-->") else { return false }
            } else if has("<!DOCTYPE") {
                guard skipDocumentType() else { return false }
            } else {
                offset += 1
                return true
            }
        }
    }

    /// With its own declarations in brackets, in whose texts and comments anything may stand.
    private mutating func skipDocumentType() -> Bool {
        var isInside = false
        while let byte = next {
            if has("<!--") {
                guard skip(behind: "-->") else { return false }
                continue
            }
            offset += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard skipQuoted(byte) else { return false }
            case UInt8(ascii: "["): isInside = true
            case UInt8(ascii: "]"): isInside = false
            case UInt8(ascii: ">") where !isInside: return true
            default: break
            }
        }
        return false
    }

    /// Moves behind the closing quote.
    private mutating func skipQuoted(_ quote: UInt8) -> Bool {
        while let byte = next {
            offset += 1
            if byte == quote { return true }
        }
        return false
    }

    /// A name, which something must follow.
    mutating func name() -> Range<Int>? {
        let start = offset
        while let byte = next, !Self.isBlank(byte), !"<>/=\"'".utf8.contains(byte) { offset += 1 }
        return start < offset && offset < bytes.count ? start..<offset : nil
    }

    /// A name and what stands between its quotes.
    mutating func attribute() -> (name: Range<Int>, value: Range<Int>)? {
        guard let name = name() else { return nil }
        skipBlanks()
        guard next == UInt8(ascii: "=") else { return nil }
        offset += 1
        skipBlanks()
        guard let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        offset += 1
        let start = offset
        guard skipQuoted(quote) else { return nil }
        return (name, start..<offset - 1)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
