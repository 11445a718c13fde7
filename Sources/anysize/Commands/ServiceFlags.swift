import AnysizeClient
import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which service a command talks to, and with what key.
struct ServiceFlags: ParsableArguments {
    @Option(help: "The service, or a balancer in front of several: http://127.0.0.1:8080.")
    var url: String

    @OptionGroup var key: KeyFlags

    func validate() throws {
        guard ServiceURL(url) != nil else { throw ValidationError(Self.urlRule) }
    }

    static let urlRule = "--url is http://HOST:PORT or https://HOST:PORT, without query or password."

    /// The address; `validate()` has looked at it.
    var service: ServiceURL {
        guard let service = ServiceURL(url) else { preconditionFailure("The URL is valid.") }
        return service
    }
}

/// The secret of an API key, from where it can be kept one.
struct KeyFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The secret of an API key. Others on this machine can see it; better put it into a file or ANYSIZE_KEY.",
            valueName: "secret"))
    var key: String?

    @Option(
        help: ArgumentHelp("A file with nothing but that secret, which goes before ANYSIZE_KEY.", valueName: "file"),
        completion: .file())
    var keyFile: String?

    func validate() throws {
        if key != nil && keyFile != nil { throw ValidationError("--key and --key-file exclude each other.") }
    }

    /// The secret; nil where none is given.
    ///
    /// Warns where it would cross a network in the clear.
    /// - Throws: 2 where the file can't be read or holds no secret.
    func secret(for service: ServiceURL) throws(ExitCode) -> String? {
        guard let secret = try read() else { return nil }
        guard !secret.isEmpty, secret.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            Terminal.complain("error: the key isn't the secret of one, as anysize keys create prints it")
            throw .couldNotRun
        }
        if !service.isEncrypted, !service.isLoopback {
            Terminal.complain("warning: \(service) isn't https, so the key can be read on its way there")
        }
        return secret
    }

    private func read() throws(ExitCode) -> String? {
        if let key { return key }
        guard let keyFile else {
            return ProcessInfo.processInfo.environment[EnvironmentVariables.secretVariable].flatMap {
                $0.isEmpty ? nil : $0
            }
        }
        guard let data = try? Data(contentsOf: URL(filePath: keyFile)), data.count <= 4096 else {
            Terminal.complain("error: \(keyFile) can't be read")
            throw .couldNotRun
        }
        // An editor ends the line; nothing else belongs there.
        let text = String(decoding: data, as: UTF8.self)
        return String(text.prefix { !$0.isNewline })
    }
}

extension ExitCode {
    /// Something was refused, or differs from what it should be: 1.
    static let someRefused = ExitCode(1)
    /// The work couldn't be begun, or not be ended: 2.
    static let couldNotRun = ExitCode(2)
    /// The operator, or the system, has ended it: 130.
    static let interrupted = ExitCode(Interruption.exitCode)
}
