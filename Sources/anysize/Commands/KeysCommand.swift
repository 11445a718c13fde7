import AnysizeServer
import ArgumentParser

/// `anysize keys`: secrets for callers.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make keys for callers that upload, delete or read originals.",
        subcommands: [Create.self]
    )

    /// `anysize keys create NAME --scopes upload,delete`: a new secret, and its entry for `api.keys`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a secret for a caller, and the entry of api.keys that admits it.",
            discussion: """
                Nothing is stored: the secret is printed once, and the entry holds only its digest.

                Exit codes: 0 made; 64 the command line is written wrongly.
                """
        )

        @Argument(help: "Whom it is for: 1 to 64 letters, digits, '.', '_' and '-'.")
        var name: String

        @Option(help: "What it allows: some of upload, delete and read, separated by commas.")
        var scopes: String

        @Flag(help: "Print JSON: name, scopes, secret, and the entry for api.keys.")
        var json = false

        func validate() throws {
            guard APIKey.isName(name) else {
                throw ValidationError("A name is 1 to 64 letters, digits, '.', '_' and '-'.")
            }
            guard APIKey.scopes(scopes) != nil else {
                throw ValidationError("Scopes are some of upload, delete and read, separated by commas.")
            }
        }

        func run() async throws {
            var generator = SystemRandomNumberGenerator()
            let key = NewKey(name: name, scopes: APIKey.scopes(scopes) ?? [], using: &generator)
            print(json ? key.json : key.text)
        }
    }
}

/// A key at the only moment at which its secret is known.
struct NewKey: Sendable {
    let key: APIKey
    let secret: String

    init(name: String, scopes: Set<Scope>, using generator: inout some RandomNumberGenerator) {
        secret = APIKey.makeSecret(using: &generator)
        key = APIKey(name: name, scopes: scopes, secretDigest: APIKey.digest(ofSecret: secret))
    }

    /// For people.
    var text: String {
        """
        The secret, for the caller; it can't be shown again:

            \(secret)

        The caller sends it with each request:

            Authorization: Bearer \(secret)

        The entry for api.keys, which holds only the secret's digest:

            \(key.entry)

        Or in the environment, with further keys after commas:

            export ANYSIZE_API_KEYS='\(key.entry)'
        """
    }

    /// For programs.
    var json: String {
        JSONText.of(
            Printed(name: key.name, scopes: key.scopeNames, secret: secret, entry: key.entry)
        )
    }

    private struct Printed: Encodable {
        let name: String
        let scopes: [String]
        let secret: String
        let entry: String
    }
}
