import AnysizeCore
import AnysizeServer
import Foundation
import Testing

@testable import anysize

/// A valid entry for `api.keys`.
func entry(_ name: String, _ scopes: String = "upload") -> String {
    "\(name):\(scopes):\(Hex.encode(APIKey.digest(ofSecret: name)))"
}

/// Calls the body with the path of a settings file that is gone afterwards.
func withSettingsFile<Value>(_ text: String, _ body: (_ path: String) async throws -> Value) async throws -> Value {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(url.path)
}

/// The settings from flags, an environment and, if there is any, a file.
func load(
    _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil
) async throws -> Settings {
    guard let file else { return try await Settings.load(arguments: arguments, environment: environment) }
    return try await withSettingsFile(file) { path in
        try await Settings.load(arguments: ["--config", path] + arguments, environment: environment)
    }
}

/// The faults of what must not load; none, and a failed test, if it does.
func faults(
    _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> [SettingFault] {
    let error = await #expect(throws: SettingsError.self, sourceLocation: sourceLocation) {
        try await load(arguments, environment: environment, file: file)
    }
    return error?.faults ?? []
}
