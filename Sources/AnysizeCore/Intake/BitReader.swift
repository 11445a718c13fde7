/// Reads numbers of any width in bits, highest bit first, as video headers have them; never beyond the end.
package struct BitReader {
    private var bytes: ByteReader
    private var current: UInt8 = 0
    private var bitCount = 0

    package init(_ bytes: ByteReader) {
        self.bytes = bytes
    }

    package mutating func bit() throws(HeaderError) -> Bool {
        if bitCount == 0 {
            current = try bytes.byte()
            bitCount = 8
        }
        bitCount -= 1
        return current >> bitCount & 1 == 1
    }

    /// An unsigned number of at most 32 bits.
    package mutating func bits(_ count: Int) throws(HeaderError) -> Int {
        precondition((0...32).contains(count), "a number has at most 32 bits here")
        var value = 0
        for _ in 0..<count {
            value = value << 1 | (try bit() ? 1 : 0)
        }
        return value
    }

    package mutating func skip(_ count: Int) throws(HeaderError) {
        for _ in 0..<count { _ = try bit() }
    }

    /// An unsigned exponential-Golomb number, `ue(v)` in H.265 and `uvlc()` in AV1. Nil if it has more than 32 bits,
    /// which no size has.
    package mutating func golomb() throws(HeaderError) -> Int? {
        var zeroCount = 0
        while try !bit() {
            zeroCount += 1
            guard zeroCount < 32 else { return nil }
        }
        return (1 << zeroCount) - 1 + (try bits(zeroCount))
    }
}
