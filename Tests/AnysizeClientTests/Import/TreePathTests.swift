import AnysizeClient
import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct TreePathTests {
    @Test func `any bytes come back from their spelling, which is one line of harmless text`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            let path = TreePath(bytes: bytes)
            #expect(TreePath(path.description) == path)
            #expect(path.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{7F}" && $0 != "\u{9B}" })
        }
    }

    @Test(arguments: [
        ("holiday/IMG_1.jpg", "holiday/IMG_1.jpg"),
        ("größe/日本.png", "größe/日本.png"),
        ("100%.jpg", "100%25.jpg"),
        ("a\tb\nc", "a%09b%0ac"),
        // What would recolour a terminal, or turn the rest of the line around.
        ("\u{1B}[31m", "%1b[31m"),
        ("\u{202E}gpj.exe", "%e2%80%aegpj.exe"),
    ])
    func `text stays readable`(path: String, spelling: String) {
        #expect(TreePath(bytes: Array(path.utf8)).description == spelling)
    }

    @Test func `bytes that are no UTF-8 are escaped one by one`() {
        #expect(TreePath(bytes: [0x61, 0xFF, 0xC3, 0x62]).description == "a%ff%c3b")
    }

    @Test(arguments: ["%", "%1", "%zz"]) func `a broken escape is no spelling`(text: String) {
        #expect(TreePath(text) == nil)
    }

    @Test func `ids come from names and paths, and nothing but the slash is changed`() throws {
        let path = TreePath(bytes: Array("shoes/42/front.jpg".utf8))
        #expect(try IDRule.content.id(of: path) == nil)
        #expect(try IDRule.name.id(of: path) == OriginalID("front.jpg"))
        #expect(try IDRule.path.id(of: path) == OriginalID("shoes_42_front.jpg"))
    }

    @Test(arguments: ["a b.jpg", ".hidden", "größe.jpg", String(repeating: "x", count: 129)])
    func `a name that no original can have is refused`(name: String) {
        let path = TreePath(bytes: Array(name.utf8))
        #expect(throws: IDFault.self) { try IDRule.name.id(of: path) }
    }
}
