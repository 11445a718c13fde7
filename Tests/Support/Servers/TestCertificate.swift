import Foundation

/// A certificate for a server of this machine, of an authority that nobody else knows; made anew each time, and removed with the value.
package final class TestCertificate: Sendable {
    private let directory: String

    /// All of them PEM files.
    package var path: String { directory + "/server.pem" }
    package var keyPath: String { directory + "/server.key" }
    package var authorityPath: String { directory + "/authority.pem" }

    /// - Parameter name: the server's, as in the address that clients have for it.
    package init(for name: String = "localhost") throws {
        directory = FileManager.default.temporaryDirectory.path + "/certificate-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let isAddress = name.allSatisfy { $0.isNumber || $0 == "." }
        try "subjectAltName=\(isAddress ? "IP" : "DNS"):\(name)\n".write(
            toFile: directory + "/name", atomically: true, encoding: .utf8)
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try run(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Anysize tests", "-keyout", directory + "/authority.key"]
                + newKey + ["-out", authorityPath])
        try run(
            ["req", "-subj", "/CN=\(name)", "-keyout", keyPath] + newKey + ["-out", directory + "/request.pem"])
        try run([
            "x509", "-req", "-days", "2", "-in", directory + "/request.pem", "-CA", authorityPath, "-CAkey",
            directory + "/authority.key", "-CAcreateserial", "-extfile", directory + "/name", "-out", path,
        ])
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ServerFault("openssl \(arguments[0]) failed.") }
    }
}
