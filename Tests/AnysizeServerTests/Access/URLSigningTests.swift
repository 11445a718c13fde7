import AnysizeCore
import Testing

@testable import AnysizeServer

@Suite struct URLSigningTests {
    private let key = SigningKey(name: "now", secret: "secret-of-the-tests-0001")
    private let older = SigningKey(name: "before", secret: "secret-of-the-tests-0000")
    private let token = SigningKey(name: "imgix", secret: "FOO123bar")

    private func holds(_ target: String, _ signing: URLSigning) throws -> Bool {
        let signed = try SignedTarget(RequestTarget(target))
        return signing.holds(try #require(signed.signature), of: signed.text)
    }

    /// What Python's hmac, hashlib and base64 say.
    @Test func `signatures are what other languages make`() throws {
        let signing = URLSigning(keys: [key, older], imgixTokens: [token])
        let sixteen = URLSigning(keys: [key], byteCount: 16)
        for (target, code, short) in [
            ("/img/cat?w=100", "lEukYaWVJG6ki-wJrmSo8HbSRoRV3tDuN299DIZRoVE", "lEukYaWVJG6ki-wJrmSo8A"),
            ("/img/cat", "GfLI962Ua6RdHKyi3PqA_IL-Iont1ADRRcBCQnK72mk", "GfLI962Ua6RdHKyi3PqA_A"),
            ("/img/cat?w=100&exp=1700000100", "wja5uJJcaaCOZildmSVSLXHOaNBQUbOiBvWIX1ZYYI0", "wja5uJJcaaCOZildmSVSLQ"),
        ] {
            let joint = target.contains("?") ? "&" : "?"
            #expect(signing.signed(target) == "\(target)\(joint)sig=\(code)")
            #expect(sixteen.signed(target) == "\(target)\(joint)sig=\(short)")
        }
        let imgix = URLSigning(imgixTokens: [token])
        #expect(imgix.signed("/img/cat?w=100") == "/img/cat?w=100&s=51399aa16e06468f4363bb21db9281ae")
        #expect(try holds("/img/cat?w=100&s=51399aa16e06468f4363bb21db9281ae", signing))
    }

    @Test func `every key is accepted, the first one signs, others sign by name`() throws {
        let signing = URLSigning(keys: [key, older])
        let first = try #require(signing.signed("/img/cat"))
        let second = try #require(signing.signed("/img/cat", by: "before"))
        #expect(first != second && signing.signed("/img/cat", by: "now") == first)
        #expect(signing.signed("/img/cat", by: "nobody") == nil)
        #expect(try holds(first, signing) && holds(second, signing))
        #expect(try !holds(second, URLSigning(keys: [key])))
    }

    @Test func `the signature may stand anywhere, and under the other name`() throws {
        let signing = URLSigning(keys: [key])
        let code = try #require(signing.signed("/img/cat?w=1&h=2")?.split(separator: "sig=").last)
        for target in ["w=1&h=2&sig=\(code)", "w=1&sig=\(code)&h=2", "sig=\(code)&w=1&h=2", "w=1&h=2&s=\(code)"] {
            #expect(try holds("/img/cat?\(target)", signing))
        }
        #expect(try holds("/img/cat?w=1&h=2&sig=\(code)=", signing), "as many libraries pad it")
        for target in ["w=1&h=3&sig=\(code)", "h=2&w=1&sig=\(code)", "w=1&h=2&&sig=\(code)", "W=1&h=2&sig=\(code)"] {
            #expect(try !holds("/img/cat?\(target)", signing))
        }
        #expect(try !holds("/img/dog?w=1&h=2&sig=\(code)", signing))
        #expect(try !holds("/img/cat/info?w=1&h=2&sig=\(code)", signing))
    }

    @Test func `a shorter signature is accepted down to the bytes that are demanded`() throws {
        let codes = try (16...32).map { count in
            try #require(URLSigning(keys: [key], byteCount: count).signed("/img/cat"))
        }
        for (count, target) in zip(16...32, codes) {
            #expect(try holds(target, URLSigning(keys: [key], byteCount: 16)))
            #expect(try holds(target, URLSigning(keys: [key], byteCount: 32)) == (count == 32))
            #expect(try holds(target, URLSigning(keys: [key], byteCount: 24)) == (count >= 24))
        }
    }

    @Test(arguments: [
        "", "AA", "!", "%00", "sig", String(repeating: "A", count: 43), String(repeating: "A", count: 5000),
    ])
    func `what is no signature of ours`(value: String) throws {
        #expect(try !holds("/img/cat?sig=\(value)", URLSigning(keys: [key], imgixTokens: [token])))
        #expect(try !holds("/img/cat?s=\(value)", URLSigning(keys: [key], imgixTokens: [token])))
    }

    @Test func `an MD5 is a signature only as s, and only of a token`() throws {
        let target = try #require(URLSigning(imgixTokens: [token]).signed("/img/cat"))
        let digest = try #require(target.split(separator: "s=").last)
        #expect(try !holds("/img/cat?sig=\(digest)", URLSigning(imgixTokens: [token])))
        #expect(try !holds(target, URLSigning(keys: [SigningKey(name: "x", secret: token.secret)])))
    }

    /// MD5 can be extended by whoever knows a digest; the text in between has NUL bytes.
    @Test func `a text with bytes that no request line has is never signed`() throws {
        let text = "/img/cat?w=1\u{80}\0\0\0\0\0\0\0&w=2"
        let digest = Hex.encode(token.imgixDigest(of: text))
        #expect(!URLSigning(imgixTokens: [token]).holds(.init(name: "s", value: digest), of: text))
    }

    @Test func `neither signature nor expiry is part of the recipe`() throws {
        let target = try SignedTarget(RequestTarget("/img/cat?sig=a&w=1&expires=12&h=2"))
        #expect(target.recipe == "w=1&h=2" && target.text == "/img/cat?w=1&expires=12&h=2")
        #expect(
            target.signature == .init(name: "sig", value: "a") && target.expiry == .init(name: "expires", value: "12"))
        #expect(try SignedTarget(RequestTarget("/img/cat?sig=a")).text == "/img/cat")
    }

    @Test(arguments: ["sig=a&sig=a", "sig=a&s=b", "exp=1&exp=1", "exp=1&expires=2"])
    func `one of each is enough`(query: String) throws {
        #expect(throws: Problem.self) { try SignedTarget(RequestTarget("/img/cat?\(query)")) }
    }

    @Test func `a description holds no secret`() {
        #expect("\(key)" == "now:****")
    }
}
