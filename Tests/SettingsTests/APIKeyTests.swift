import AnysizeCore
import AnysizeServer
import Testing

@testable import anysize

@Suite struct APIKeyTests {
    @Test func `a digest is the secret's SHA-256`() {
        // The first of the examples that NIST publishes for SHA-256.
        #expect(
            Hex.encode(APIKey.digest(ofSecret: "abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test func `what a new key prints is an entry of the settings`() async throws {
        var generator = SystemRandomNumberGenerator()
        let made = NewKey(name: "web-1", scopes: [.upload, .read], using: &generator)
        let settings = try await load(environment: ["ANYSIZE_API_KEYS": made.key.entry])
        #expect(settings.api.keys == [made.key])
        #expect(KeyRing(settings.api.keys).key(for: made.secret) == made.key)
        #expect(settings.api.keys.first?.secretDigest == APIKey.digest(ofSecret: made.secret))
    }

    @Test func `a new key's text holds the secret, the entry and the variable`() {
        var generator = SystemRandomNumberGenerator()
        let made = NewKey(name: "web", scopes: [.upload], using: &generator)
        #expect(made.text.contains(made.secret))
        #expect(made.text.contains("    \(made.key.entry)\n"))
        #expect(made.text.contains("export ANYSIZE_API_KEYS='\(made.key.entry)'"))
        #expect(made.json.contains("\"entry\" : \"\(made.key.entry)\""))
    }

    @Test func `a secret is recognisable and never the same`() {
        var generator = SystemRandomNumberGenerator()
        let secrets = (0..<100).map { _ in APIKey.makeSecret(using: &generator) }
        #expect(Set(secrets).count == 100)
        for secret in secrets {
            #expect(secret.hasPrefix("any_"))
            #expect(secret.count == 36)
            #expect(secret.dropFirst(4).allSatisfy { ("a"..."z").contains($0) || ("2"..."7").contains($0) })
        }
    }

    @Test(arguments: [",", " ", "\n", ", ", " ,\n"])
    func `entries are apart by commas or blanks`(separator: String) throws {
        let keys = try APIKey.list(entry("a") + separator + entry("b", "delete+upload") + separator)
        #expect(keys.map(\.name) == ["a", "b"])
        #expect(keys.last?.entry == entry("b", "upload+delete"))
    }

    @Test func `flags add up to one list`() async throws {
        let settings = try await load(["--api-keys", entry("a"), "--api-keys=\(entry("b")),\(entry("c"))"])
        #expect(settings.api.keys.map(\.name) == ["a", "b", "c"])
    }

    @Test(arguments: [
        ("app", "entry 1 must be name:scope+scope:digest"),
        ("app:upload", "entry 1 (app) must be name:scope+scope:digest"),
        (":upload:00", "entry 1 must have a name"),
        ("a/b:upload:00", "entry 1 must have a name"),
        ("app::00", "entry 1 (app) must have scopes"),
        ("app:upload+write:00", "entry 1 (app) must have scopes"),
        ("app:upload:00", "entry 1 (app) must end in the 64 hexadecimal digits"),
        ("app:upload:any_abc", "entry 1 (app) holds the secret itself"),
    ])
    func `an entry at fault says what is missing`(text: String, reason: String) throws {
        let error = #expect(throws: Disallowed.self) { try APIKey.list(text) }
        #expect(error?.reasons.count == 1)
        #expect(error?.reasons.first?.hasPrefix(reason) == true)
    }

    @Test func `all entries at fault are told`() {
        let error = #expect(throws: Disallowed.self) { try APIKey.list("x \(entry("ok")) y:upload:0") }
        #expect(error?.reasons.map { $0.prefix(7) } == ["entry 1", "entry 3"])
    }

    @Test func `names and secrets are unique`() {
        let digest = Hex.encode(APIKey.digest(ofSecret: "one"))
        let sameName = #expect(throws: Disallowed.self) { try APIKey.list("\(entry("a")) \(entry("a", "read"))") }
        #expect(sameName?.reasons == ["entry 2 (a) has the name of an earlier one"])
        let sameDigest = #expect(throws: Disallowed.self) { try APIKey.list("a:upload:\(digest) b:read:\(digest)") }
        #expect(sameDigest?.reasons.first?.hasPrefix("entry 2 (b) has the digest of an earlier one") == true)
    }

    @Test func `digests show up nowhere unless asked for`() async throws {
        let settings = try await load(["--api-keys", entry("app", "upload+read")])
        let digest = Hex.encode(APIKey.digest(ofSecret: "app"))
        #expect(!settings.text.contains(digest))
        #expect(!settings.json.contains(digest))
        #expect(settings.text.contains("app:upload+read:****"))
        #expect(settings.table(masked: false).contains { $0.key == "api.keys" && $0.value.contains(digest) })

        let faults = await faults(["--api-keys", "\(entry("app")) app:read:any_leaked"])
        #expect(!faults.isEmpty)
        for fault in faults {
            #expect(!fault.description.contains(digest))
            #expect(!fault.description.contains("leaked"))
        }
    }
}
