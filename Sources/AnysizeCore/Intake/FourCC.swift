/// A four-letter code, as PNG chunks, RIFF chunks and ISO boxes bear it. The first letter is the highest byte.
package struct FourCC: Hashable, Sendable {
    package let value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    /// From a literal of exactly four ASCII letters; anything else is a defect of ours.
    package init(_ text: StaticString) {
        precondition(text.utf8CodeUnitCount == 4, "a four-letter code has four letters")
        value = text.withUTF8Buffer { letters in
            letters.reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// True if all four bytes are ASCII letters.
    package var isLetters: Bool {
        var rest = value
        for _ in 0..<4 {
            guard case 0x41...0x5A = UInt8(truncatingIfNeeded: rest) & ~0x20 else { return false }
            rest >>= 8
        }
        return true
    }
}
