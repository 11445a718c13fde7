import AnysizeServer
import ArgumentParser
import Testing

@testable import anysize

@Suite struct SigningKeyTests {
    private let secret = "0123456789abcdef"

    @Test(arguments: [",", " ", "\n"])
    func `entries are apart by commas or blanks, and a secret may hold colons`(separator: String) throws {
        let keys = try SigningKey.list("a:\(secret)\(separator)b:\(secret):x\(separator)", byteCountMin: 16)
        #expect(keys == [SigningKey(name: "a", secret: secret), SigningKey(name: "b", secret: "\(secret):x")])
        #expect(keys.map(\.entry) == ["a:\(secret)", "b:\(secret):x"])
    }

    @Test func `all entries at fault are told, without their secrets`() throws {
        let text =
            "\(secret) a/b:\(secret) short:0123456789abcde a:\(secret) a:\(secret)x b:\(secret) c:äöüäöüäöüäöüäöüä"
        let error = #expect(throws: Disallowed.self) { try SigningKey.list(text, byteCountMin: 16) }
        let reasons = try #require(error).reasons
        #expect(
            reasons.map { $0.prefix { $0 != ":" && $0 != "," } } == [
                "entry 1 must be name", "entry 2 must be name",
                "entry 3 (short) must have a secret of at least 16 printable ASCII characters",
                "entry 5 (a) has the name of an earlier one", "entry 6 (b) has the secret of an earlier one",
                "entry 7 (c) must have a secret of at least 16 printable ASCII characters",
            ])
        #expect(!reasons.joined().contains(secret.prefix(8)))
    }

    @Test func `secrets are masked`() async throws {
        let settings = try await load(
            ["--signing-bytes", "16"],
            environment: ["ANYSIZE_SIGNING_KEYS": "a:\(secret)"], file: "signing.imgix.tokens: [x:TOKENTOKEN]")
        #expect(settings.signing.keys.map(\.secret) == [secret] && settings.signing.bytes == 16)
        for text in [settings.text, settings.json] {
            #expect(text.contains("a:****") && text.contains("x:****"))
            #expect(!text.contains(secret) && !text.contains("TOKENTOKEN"))
        }
        let faults = await faults(environment: ["ANYSIZE_SIGNING_KEYS": "a:\(secret),\(secret)"])
        #expect(faults.count == 1 && !faults.description.contains(secret))
    }

    @Test(arguments: ["15", "33"]) func `a signature has 16 to 32 bytes`(count: String) async {
        #expect(await faults(["--signing-bytes", count]).map(\.key) == ["signing.bytes"])
    }
}

@Suite struct SignCommandTests {
    private let signing = URLSigning(keys: [
        SigningKey(name: "a", secret: "0123456789abcdef"), SigningKey(name: "b", secret: "fedcba9876543210"),
    ])

    @Test(arguments: [
        "/img/cat?w=320", "/img/cat", "/img/cat/info", "https://img.example.org/img/cat?w=320",
        "http://a:8080/img/cat?w=1&h=/",
    ])
    func `what is signed is path and query`(text: String) throws {
        let url = try #require(UnsignedURL(text))
        let target = text.contains("://") ? "/" + text.split(separator: "/", maxSplits: 2)[2] : text
        let origin = text.dropLast(target.count)
        #expect(url.signed(by: signing, key: nil) == "\(origin)\(signing.signed(target) ?? "?")")
        #expect(url.signed(by: signing, key: "b") == "\(origin)\(signing.signed(target, by: "b") ?? "?")")
        #expect(url.signed(by: signing, key: "c") == nil)
    }

    @Test func `an older signature goes, an older expiry where there is a new one`() throws {
        var url = try #require(UnsignedURL("/img/cat?sig=x&w=1&expires=5"))
        #expect(url.signed(by: signing, key: nil) == signing.signed("/img/cat?w=1&expires=5"))
        url.expire(at: 77)
        #expect(url.signed(by: signing, key: nil) == signing.signed("/img/cat?w=1&exp=77"))
    }

    @Test(arguments: [
        ["/img"], ["/img/cat/original"], ["img/cat"], ["ftp://a/img/cat"], ["https://a"], ["/img/cat?w=1#x"],
        ["/img/cat?w=0"],
        ["/img/c at"], ["/img/cat", "--expires", "0"], ["/img/cat", "--expires", "1w"],
        ["/img/cat", "--expires", "9999999999d"],
        ["/img/cat", "--expires", "-5"], [],
    ])
    func `what can't be signed`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try SignCommand.parse(arguments) }
        #expect(error.map { SignCommand.exitCode(for: $0) } == .usage)
    }

    @Test(arguments: ["1", "90m", "12h", "30d", "36500d"]) func `times that are understood`(time: String) throws {
        #expect(throws: Never.self) { try SignCommand.parse(["/img/cat?exp=1&w=9", "--expires", time]) }
    }
}
