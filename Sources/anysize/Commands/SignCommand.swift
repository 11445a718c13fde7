import AnysizeCore
import AnysizeServer
import ArgumentParser

/// `anysize sign URL`: a URL that a service with the same keys will serve.
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign the URL of a picture.",
        discussion: """
            Examples:

              anysize sign '/img/cat?w=320' --config settings.yaml
              ANYSIZE_SIGNING_KEYS=web:SECRET anysize sign 'https://img.example.org/img/cat?w=320' --expires 12h

            A signature that the URL has already is replaced, and so is an expiry where --expires is given.

            Exit codes: 0 signed; 64 the command line is written wrongly; 78 a setting is at fault, or there is no such key.
            """
    )

    @Argument(help: "Path and query, with or without scheme and host: '/img/cat?w=320'.")
    var url: String

    @Option(
        help: ArgumentHelp(
            "How long it will hold: seconds, or a number with m, h or d; for ever, unless given.", valueName: "time"))
    var expires: String?

    @Option(help: ArgumentHelp("The name of the key to use; the first one, unless given.", valueName: "name"))
    var key: String?

    @Flag(help: "Print JSON: the URL, and when it expires in seconds since 1970.")
    var json = false

    @OptionGroup var flags: SettingFlags

    func validate() throws {
        guard let url = UnsignedURL(self.url) else {
            throw ValidationError("A URL of a picture has the path /img/{id} or /img/{id}/info, and no fragment.")
        }
        if let fault = url.recipeFault { throw ValidationError("The recipe is wrong: \(fault)") }
        guard expires == nil || seconds != nil else {
            throw ValidationError(
                "--expires is a number of seconds, or of minutes, hours or days as in 90m, 12h or 30d.")
        }
    }

    func run() async throws {
        let signing = try await flags.load().urlSigning
        guard var url = UnsignedURL(self.url) else { preconditionFailure("validate() has seen it.") }
        let expiry = seconds.map { WallClock.system.seconds() + $0 }
        if let expiry { url.expire(at: expiry) }
        guard !signing.isOpen else { throw Self.fail("no signing.keys are set") }
        guard let signed = url.signed(by: signing, key: key) else { throw Self.fail("there is no key of that name") }
        print(json ? JSONText.of(Printed(url: signed, expires: expiry)) : signed)
    }

    private struct Printed: Encodable {
        let url: String
        let expires: Int?
    }

    /// At most a hundred years.
    private var seconds: Int? {
        guard let expires else { return nil }
        let factors: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400]
        let factor = expires.last.flatMap { factors[$0] }
        let digits = factor == nil ? expires[...] : expires.dropLast()
        guard digits.utf8.count <= 10, let number = WholeNumber.parse(digits),
            (1...3_155_760_000).contains(number * (factor ?? 1))
        else { return nil }
        return number * (factor ?? 1)
    }

    private static func fail(_ message: String) -> ExitCode {
        Terminal.complain("error: \(message)")
        return .badSettings
    }
}

/// A URL of a picture without signature.
struct UnsignedURL: Equatable {
    /// Scheme and host; empty for a path alone.
    let origin: Substring
    private let path: Substring
    private var query: [Substring]

    init?(_ text: String) {
        guard !text.utf8.contains(UInt8(ascii: "#")), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        let target = RequestTarget(text)
        if text.hasPrefix("/") {
            origin = ""
        } else {
            // The third slash ends the host.
            let slashes = text.indices.filter { text[$0] == "/" }
            guard text.hasPrefix("http://") || text.hasPrefix("https://"), slashes.count > 2 else { return nil }
            origin = text[..<slashes[2]]
        }
        path = target.path
        query = target.query.split(separator: "&").filter { !URLSigning.isSignature($0) }
        switch Route(fetching: path) {
        case .variant, .info: break
        default: return nil
        }
    }

    /// What the service would say against the recipe, as far as it can be told here.
    var recipeFault: String? {
        guard case .variant = Route(fetching: path) else { return nil }
        let recipe = query.filter { !URLSigning.isExpiry($0) }.joined(separator: "&")
        do throws(RecipeError) { _ = try Recipe(query: recipe, presets: .unknown) } catch { return error.detail }
        return nil
    }

    mutating func expire(at second: Int) {
        query.removeAll { URLSigning.isExpiry($0) }
        query.append("exp=\(second)")
    }

    /// Nil where there is no such key.
    func signed(by signing: URLSigning, key: String?) -> String? {
        let target = query.isEmpty ? String(path) : "\(path)?\(query.joined(separator: "&"))"
        return signing.signed(target, by: key).map { "\(origin)\($0)" }
    }
}
