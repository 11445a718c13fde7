import AnysizeCore
import Testing

@Suite struct Base32Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ]
    )
    func `The examples of RFC 4648 come out in lower case and without padding`(text: String, spelling: String) {
        #expect(Base32.encode(text.utf8) == spelling)
        #expect(Base32.isBase32(spelling))
    }

    @Test func `Twenty bytes make thirty-two characters`() {
        #expect(Base32.encode(0..<20) == "aaaqeayeaudaocajbifqydiob4ibceqt")
        #expect(Base32.encode(Array(repeating: 0xFF as UInt8, count: 20)) == String(repeating: "7", count: 32))
    }

    @Test(arguments: [
        "MY", "my======", "m1", "m0", "m8", "a b", "mä", "a", "aaa", "aaaaaa", "mz", "mzxr", "mzxw7", "\n",
    ])
    func `What encoding never writes is refused`(text: String) {
        #expect(!Base32.isBase32(text))
    }

    @Test func `Every two-byte value has a spelling of its own that is accepted`() {
        var spellings: Set<String> = []
        for value in 0...UInt16.max {
            let spelling = Base32.encode([UInt8(value >> 8), UInt8(value & 0xFF)])
            if Base32.isBase32(spelling) { spellings.insert(spelling) }
        }
        #expect(spellings.count == 65_536)
    }
}
