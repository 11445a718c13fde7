import AnysizeServer
import Crypto
import Foundation
import Testing

// The README's example, copied.
private func signed(_ target: String, _ secret: String) -> String {
    let key = SymmetricKey(data: Data(secret.utf8))
    let code = Data(HMAC<SHA256>.authenticationCode(for: Data(target.utf8), using: key)).base64EncodedString()
    let sig = code.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    return target + (target.contains("?") ? "&" : "?") + "sig=" + sig
}

/// The README's examples sign as the service does, in each language that is here.
@Suite(.timeLimit(.minutes(1))) struct ReadmeSigningTests {
    private static let secret = "0123456789abcdef-of-readme"
    private static let targets = [
        "/img/cat", "/img/cat/info", "/img/cat?w=320&format=auto", "/img/cat?w=1&exp=1800000000",
        "/img/cat?text=%C3%A4+b",
    ]
    private static let expected: [String] = {
        let signing = URLSigning(keys: [SigningKey(name: "a", secret: secret)])
        return targets.compactMap { signing.signed($0) }
    }()

    @Test func `Swift`() throws {
        #expect(Self.targets.map { signed($0, Self.secret) } == Self.expected)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let example = try Self.example("swift").split(separator: "func signed").last.map { "func signed" + $0 }
        #expect(source.contains(try #require(example)))
    }

    @Test(.enabled(if: ReadmeSigningTests.path(of: "python3") != nil)) func `Python`() throws {
        let script =
            try Self.example("python")
            + "\nimport sys\nfor target in sys.argv[2:]: print(signed(target, sys.argv[1]))\n"
        #expect(try Self.run("python3", ["-c", script, Self.secret] + Self.targets) == Self.expected)
    }

    @Test(.enabled(if: ReadmeSigningTests.path(of: "node") != nil)) func `JavaScript`() throws {
        let script =
            try Self.example("js") + "\nprocess.argv.slice(2).forEach(t => console.log(signed(t, process.argv[1])))\n"
        #expect(try Self.run("node", ["-e", script, Self.secret] + Self.targets) == Self.expected)
    }

    /// The block of that language in the section about signatures.
    private static func example(_ language: String) throws -> String {
        var readme = URL(filePath: #filePath)
        for _ in 0..<4 { readme.deleteLastPathComponent() }
        let text = try String(contentsOf: readme.appending(path: "README.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n### Signed URLs\n").last)
        let block = try #require(section.components(separatedBy: "```\(language)\n").dropFirst().first)
        return try #require(block.components(separatedBy: "```").first)
    }

    private static func path(of program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path(of: program)))
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
