import NIOCore

/// One element of an XML answer: its text and the elements in it.
///
/// S3 answers use little of XML: elements, text, five entities. So that is all this reader takes, and what is beyond it, such
/// as a document type, is an error: FoundationXML would bring libxml2 with it, and entities that fetch files.
struct XMLNode: Sendable, Hashable {
    /// Without a namespace's prefix.
    let name: String
    /// Its own characters, joined.
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLNode] = []

    /// Of the first element of that name right in this one.
    subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    /// The root of a whole document in UTF-8.
    static func read(_ bytes: ByteBuffer) throws(S3Error) -> XMLNode {
        var reader = XMLReader(bytes: Array(bytes.readableBytesView))
        return try reader.document()
    }
}

/// Reads from the front to the back, once.
private struct XMLReader {
    let bytes: [UInt8]
    var position = 0

    /// No answer of S3 has more levels than six.
    private static let depthMax = 16

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(S3Error) -> XMLNode {
        try skipMisc()
        guard take("<") else { throw Self.fault("no element") }
        let root = try element(depth: 1)
        try skipMisc()
        guard position == bytes.count else { throw Self.fault("more than one root") }
        return root
    }

    /// An element whose `<` has been read.
    private mutating func element(depth: Int) throws(S3Error) -> XMLNode {
        guard depth <= Self.depthMax else { throw Self.fault("too deep") }
        let name = try self.name()
        var node = XMLNode(name: name.split(separator: ":").last.map(String.init) ?? name)
        if try endsInStartTag() { return node }
        var text: [UInt8] = []
        while position < bytes.count {
            if take("</") {
                guard try self.name() == name else { throw Self.fault("elements overlap") }
                skipBlanks()
                guard take(">") else { throw Self.fault("an end tag without end") }
                node.text = String(decoding: text, as: UTF8.self)
                return node
            } else if try skipsComment() {
                continue
            } else if take("<") {
                node.children.append(try element(depth: depth + 1))
            } else if take("&") {
                text.append(contentsOf: try entity().utf8)
            } else {
                let end = bytes[position...].firstIndex { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }
                text.append(contentsOf: bytes[position..<(end ?? bytes.count)])
                position = end ?? bytes.count
            }
        }
        throw Self.fault("cut off")
    }

    /// The rest of a start tag, attributes and all, which nobody here wants to know.
    /// - Returns: whether the element ends with it.
    private mutating func endsInStartTag() throws(S3Error) -> Bool {
        while true {
            skipBlanks()
            if take("/>") { return true }
            if take(">") { return false }
            _ = try name()
            skipBlanks()
            guard take("=") else { throw Self.fault("an attribute without value") }
            skipBlanks()
            guard position < bytes.count, let quote = "\"'".utf8.first(where: { $0 == bytes[position] }),
                let end = bytes[(position + 1)...].firstIndex(of: quote)
            else { throw Self.fault("an attribute without quotes") }
            position = end + 1
        }
    }

    private mutating func name() throws(S3Error) -> String {
        let end = bytes[position...].firstIndex { " \t\r\n/>=<&\"'".utf8.contains($0) } ?? bytes.count
        guard end > position else { throw Self.fault("no name") }
        defer { position = end }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// A reference whose `&` has been read.
    private mutating func entity() throws(S3Error) -> String {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw Self.fault("an entity without end")
        }
        let name = String(decoding: bytes[position..<end], as: UTF8.self)
        position = end + 1
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHex = name.hasPrefix("#x")
            guard name.hasPrefix("#"), let number = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
                let scalar = Unicode.Scalar(number)
            else { throw Self.fault("an unknown entity") }
            return String(Character(scalar))
        }
    }

    /// What may stand before and after the root.
    private mutating func skipMisc() throws(S3Error) {
        _ = take("\u{FEFF}")
        while true {
            skipBlanks()
            if take("<?") {
                try skip(past: "?>")
            } else if try !skipsComment() {
                return
            }
        }
    }

    private mutating func skipsComment() throws(S3Error) -> Bool {
        guard take("<!--") else {
            guard !bytes[position...].starts(with: "<!".utf8) else { throw Self.fault("a declaration") }
            return false
        }
        try skip(past: "-->")
        return true
    }

    private mutating func skip(past end: String) throws(S3Error) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw Self.fault("cut off")
    }

    private mutating func skipBlanks() {
        while position < bytes.count, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private static func fault(_ what: String) -> S3Error { .malformed(detail: "XML with \(what)") }
}
