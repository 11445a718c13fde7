import AnysizeCore
import Testing

@Suite struct Base64URLTests {
    /// The examples of RFC 4648 section 10, without padding, and one with both characters that are URLs' own.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("??>>~~", "Pz8-Pn5-"), ("???", "Pz8_"),
    ])
    func `bytes and their spelling`(text: String, spelling: String) {
        #expect(Base64URL.encode(Array(text.utf8)) == spelling)
        #expect(Base64URL.decode(spelling) == Array(text.utf8))
    }

    @Test func `padding may be there`() {
        #expect(Base64URL.decode("Zg==") == Array("f".utf8))
        #expect(Base64URL.decode("Zm8=") == Array("fo".utf8))
    }

    @Test(arguments: ["Z", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zg===", "=Zg", "Zäg"])
    func `what no bytes are spelt as`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
