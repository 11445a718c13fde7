/// What an original is called in URLs: 1 to 128 of `A-Z a-z 0-9 . _ -`, not beginning with a dot.
///
/// There are two kinds. A *content id* is derived from the bytes, so it dedupes, can't be enumerated and never changes what
/// it means; a *chosen id* comes from the caller of `PUT` and may be replaced. They can't be mistaken for each other:
/// an id that looks like a content id is accepted by `PUT` only for the very bytes it is derived from.
package struct OriginalID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let description: String

    /// Nil where the text breaks the rule. The rule also keeps ids harmless as file names and object keys.
    package init?(_ text: some StringProtocol) {
        let utf8 = text.utf8
        guard (1...128).contains(utf8.count), utf8.first != UInt8(ascii: ".") else { return nil }
        guard utf8.allSatisfy(Self.isAllowed) else { return nil }
        description = String(text)
    }

    /// The id derived from an original's bytes: the first 160 bits of their SHA-256 in lower-case base32, 32 characters.
    package init(contentOf digest: Digest) {
        description = Base32.encode(digest.bytes.prefix(20))
    }

    /// Whether the id has the form of a derived one, so that what it names never changes.
    package var isContentID: Bool { description.utf8.count == 32 && Base32.isBase32(description) }

    package static let rule = "1 to 128 of A-Z a-z 0-9 . _ -, not beginning with a dot"

    package static func < (first: OriginalID, second: OriginalID) -> Bool {
        // By bytes, so that a page of a listing is the same on every machine, whatever its locale.
        first.description.utf8.lexicographicallyPrecedes(second.description.utf8)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = OriginalID(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not an id"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
