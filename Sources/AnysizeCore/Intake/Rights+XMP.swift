extension Rights {
    /// From a packet of XMP in UTF-8: `dc:rights`, in the language that comes first, and all of `dc:creator`; or else `tiff:Copyright`
    /// and `tiff:Artist`.
    ///
    /// No parser of XML: what is looked for are those elements by the prefix that every writer gives them, and the items in them.
    /// No entity is expanded but the five that XML has and numbers of characters, so time grows with the bytes that are there.
    package init(xmp bytes: UnsafeRawBufferPointer) {
        self.init()
        let packet = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.packetByteCountMax))
        for name in ["dc:rights", "tiff:Copyright"] where copyright == nil {
            copyright = Self.items(of: name, in: packet).lazy.compactMap { Self.text($0) }.first
        }
        for name in ["dc:creator", "tiff:Artist"] where artist == nil {
            artist = Self.joined(Self.items(of: name, in: packet))
        }
    }

    private static let packetByteCountMax = 65_536
    private static let itemCountMax = 20

    /// The texts of the `rdf:li` in the first element of a name, or its own text where it has none.
    private static func items(of name: String, in packet: UnsafeRawBufferPointer) -> [String] {
        guard var inside = Element.first(name, in: packet[...]) else { return [] }
        guard inside.contains(UInt8(ascii: "<")) else { return [expanded(String(decoding: inside, as: UTF8.self))] }
        var items: [String] = []
        while items.count < itemCountMax, let item = Element.first("rdf:li", in: inside) {
            items.append(expanded(String(decoding: item, as: UTF8.self)))
            inside = inside[item.endIndex...]
        }
        return items
    }

    /// Elements by their spelling.
    private enum Element {
        typealias Bytes = Slice<UnsafeRawBufferPointer>

        /// What stands between an element's tags.
        static func first(_ name: String, in bytes: Bytes) -> Bytes? {
            var rest = bytes
            while let start = place(of: "<" + name, in: rest) {
                rest = rest[start.upperBound...]
                guard let after = rest.first else { return nil }
                // The name goes on: another element.
                guard after == UInt8(ascii: ">") || after == UInt8(ascii: "/") || after <= 32 else { continue }
                guard let close = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
                if close > rest.startIndex, rest[close - 1] == UInt8(ascii: "/") { continue }
                rest = rest[(close + 1)...]
                guard let end = place(of: "</" + name, in: rest) else { return nil }
                return rest[..<end.lowerBound]
            }
            return nil
        }

        private static func place(of text: String, in bytes: Bytes) -> Range<Int>? {
            let wanted = Array(text.utf8)
            var rest = bytes
            while let start = rest.firstIndex(of: wanted[0]) {
                rest = rest[start...]
                if rest.starts(with: wanted) { return start..<start + wanted.count }
                rest = rest.dropFirst()
            }
            return nil
        }
    }

    /// With XML's references resolved; those of no character stay as they are.
    private static func expanded(_ text: String) -> String {
        var parts = text.split(separator: "&", omittingEmptySubsequences: false)
        var result = String(parts.removeFirst())
        for part in parts {
            guard let end = part.firstIndex(of: ";"), let scalar = scalar(of: part[..<end]) else {
                result += "&" + part
                continue
            }
            result.unicodeScalars.append(scalar)
            result += part[part.index(after: end)...]
        }
        return result
    }

    private static func scalar(of reference: Substring) -> Unicode.Scalar? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard reference.first == "#" else { return nil }
            let digits = reference.dropFirst()
            let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap { Unicode.Scalar($0) }
        }
    }
}
