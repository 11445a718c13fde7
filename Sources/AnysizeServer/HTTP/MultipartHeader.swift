/// What a part of a form says about itself.
package struct MultipartHeader: Equatable, Sendable {
    /// The field's name, from Content-Disposition.
    package private(set) var name: String?
    /// What the sender calls the file, from Content-Disposition.
    package private(set) var fileName: String?
    /// The Content-Type field as sent, without surrounding blanks.
    package private(set) var contentType: String?

    /// Reads a header block.
    ///
    /// - Parameter block: Header lines separated by CRLF, without the last CRLF; perhaps empty. Bytes that aren't UTF-8
    ///   become U+FFFD.
    /// - Throws: `malformed` for lines that aren't headers, control characters, and a second or invalid
    ///   Content-Disposition or Content-Type, since two readers might choose differently among them.
    package init(block: some Collection<UInt8>) throws(MultipartError) {
        guard !block.isEmpty else { return }
        var disposition: String?
        for line in try Self.lines(block) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
                throw .malformed(reason: "A line among a part's headers isn't a header.")
            }
            guard line[..<colon].allSatisfy(Self.isTokenByte) else {
                throw .malformed(reason: "A part's header has an invalid name.")
            }
            let value = String(decoding: Self.trimmed(line[line.index(after: colon)...]), as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                guard disposition == nil else { throw .malformed(reason: "A part has two Content-Dispositions.") }
                disposition = value
            case "content-type":
                guard contentType == nil else { throw .malformed(reason: "A part has two Content-Types.") }
                contentType = value
            default: break
            }
        }
        if let disposition { try readDisposition(disposition) }
    }

    private mutating func readDisposition(_ text: String) throws(MultipartError) {
        guard let disposition = Self.value(text), disposition.value == "form-data" else {
            throw .malformed(reason: "A part's Content-Disposition isn't valid form-data.")
        }
        for parameter in disposition.parameters {
            // `filename*` isn't looked at: RFC 7578 section 4.2 forbids it.
            switch parameter.name {
            case "name":
                guard name == nil else { throw .malformed(reason: "A part has two names.") }
                name = Self.unescaped(parameter.value)
            case "filename":
                guard fileName == nil else { throw .malformed(reason: "A part has two file names.") }
                fileName = Self.unescaped(parameter.value)
            default: break
            }
        }
    }

    /// Undoes the one escape that matters of those in the HTML standard: a quote in a name is sent as `%22`.
    ///
    /// `%0D` and `%0A` are left as they are. Nobody needs line ends in names, and in a log they do harm.
    private static func unescaped(_ text: String) -> String {
        var rest = Substring(text)
        var result = ""
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[percent...]
            let isQuote = rest.hasPrefix("%22")
            result += isQuote ? "\"" : "%"
            rest = rest.dropFirst(isQuote ? 3 : 1)
        }
        return result + rest
    }
}

extension MultipartHeader {
    /// Reads a header value with parameters: `form-data; name="a"`.
    ///
    /// - Returns: Value and parameter names in lower case, parameter values as they are without their quotes; nil if
    ///   the syntax is wrong. In quotes, `\"` and `\\` stand for the second character; any other backslash stands for
    ///   itself, since some senders put unescaped Windows paths there.
    package static func value(_ text: String) -> (value: String, parameters: [(name: String, value: String)])? {
        var rest = Array(text.utf8)[...]
        let value = trimmed(takePrefix(of: &rest) { $0 != UInt8(ascii: ";") })
        guard !value.isEmpty, value.allSatisfy({ isTokenByte($0) || $0 == UInt8(ascii: "/") }) else { return nil }
        var parameters: [(name: String, value: String)] = []
        while rest.popFirst() != nil {
            rest = trimmed(rest)
            // A semicolon at the very end is a common slip.
            if rest.isEmpty { break }
            let name = takePrefix(of: &rest, while: isTokenByte)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="), let value = takeParameterValue(of: &rest) else {
                return nil
            }
            parameters.append((String(decoding: name, as: UTF8.self).lowercased(), value))
            rest = trimmed(rest)
            guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { return nil }
        }
        return (String(decoding: value, as: UTF8.self).lowercased(), parameters)
    }

    /// Whether RFC 2046 section 5.1.1 allows `text` as a boundary.
    package static func isBoundary(_ text: String) -> Bool {
        let bytes = text.utf8
        return 1...MultipartReader.boundaryByteCountMax ~= bytes.count && bytes.last != UInt8(ascii: " ")
            && bytes.allSatisfy { isLetterOrDigit($0) || "'()+_,-./:=? ".utf8.contains($0) }
    }

    /// A quoted string or a token.
    private static func takeParameterValue(of rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = takePrefix(of: &rest, while: isTokenByte)
            return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
        }
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: value, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), let next = rest.first, next == UInt8(ascii: "\"") || next == byte {
                rest.removeFirst()
                value.append(next)
            } else {
                value.append(byte)
            }
        }
        // The closing quote is missing.
        return nil
    }

    /// The lines of a block, checked for characters that have no business in a header.
    private static func lines(_ block: some Collection<UInt8>) throws(MultipartError) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = Array(block)[...]
        while true {
            let line = takePrefix(of: &rest) { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
            guard let first = line.first, !isBlank(first) else {
                throw .malformed(reason: "A part's header is folded or empty.")
            }
            lines.append(line)
            guard !rest.isEmpty else { return lines }
            guard rest.starts(with: [0x0D, 0x0A]) else {
                throw .malformed(reason: "A part's header has a control character in it.")
            }
            rest = rest.dropFirst(2)
        }
    }

    private static func takePrefix(
        of rest: inout ArraySlice<UInt8>,
        while isWanted: (UInt8) -> Bool
    ) -> ArraySlice<UInt8> {
        let prefix = rest.prefix(while: isWanted)
        rest = rest[prefix.endIndex...]
        return prefix
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let front = bytes.drop(while: isBlank)
        guard let last = front.lastIndex(where: { !isBlank($0) }) else { return front.prefix(0) }
        return front[...last]
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    /// The characters of a token, RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
