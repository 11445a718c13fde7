import Testing

@testable import AnysizeServer

@Suite struct LocalNameTests {
    @Test(arguments: ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]:8080", "[::1]"])
    func namesOfThisMachine(_ name: String) { #expect(LocalName.isLocal(name)) }

    @Test(arguments: [
        "", "evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "128.0.0.1", "127.0.0",
        "127.0.0.256",
        "[::2]", "null",
    ])
    func namesThatOthersMayHave(_ name: String) { #expect(!LocalName.isLocal(name)) }
}
