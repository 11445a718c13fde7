import AnysizeServer
import AnysizeTesting
import Testing

@Suite struct KeyRingTests {
    private let ring = KeyRing([
        APIKey(name: "web", scopes: [.upload], secret: "first"),
        APIKey(name: "admin", scopes: Set(Scope.allCases), secret: "second"),
    ])

    @Test func `A secret finds its key`() {
        #expect(ring.key(for: "first")?.name == "web")
        #expect(ring.key(for: "second")?.name == "admin")
        #expect(ring.key(for: "second".dropFirst(0))?.scopes == Set(Scope.allCases))
    }

    @Test(arguments: [
        "", "First", "first ", " first", "firs", "firstt", "web", "\u{0}", "a8cfcd74832004951b4408cdb0a5dbcd",
    ])
    func `Anything else finds none`(secret: String) {
        #expect(ring.key(for: secret) == nil)
    }

    @Test func `A key's digest is no secret of it`() {
        let key = APIKey(name: "web", scopes: [.upload], secret: "first")
        #expect(ring.key(for: key.secretDigest.map { String($0, radix: 16) }.joined()) == nil)
    }

    @Test func `A ring without keys is open, and one with keys isn't`() {
        #expect(KeyRing([]).isOpen)
        #expect(!ring.isOpen)
        #expect(KeyRing([]).key(for: "first") == nil)
    }

    @Test func `A digest of a wrong length fits nothing`() {
        let ring = KeyRing([APIKey(name: "broken", scopes: [.read], secretDigest: [])])
        #expect(ring.key(for: "") == nil)
        #expect(!ring.isOpen)
    }
}
