import AnysizeServer
import ArgumentParser
import Foundation
import Testing

@testable import anysize

@Suite struct CommandTests {
    @Test func `flags that aren't the command's own are settings`() throws {
        let command = try ConfigCommand.parse([
            "--http-port", "9000", "--json", "--log-level=debug", "--operations-port", "-1",
        ])
        #expect(command.json)
        #expect(command.flags.arguments == ["--http-port", "9000", "--log-level=debug", "--operations-port", "-1"])
    }

    @Test func `help is still help, and says where the keys are`() {
        #expect(throws: (any Error).self) { try ConfigCommand.parse(["--http-port", "1", "--help"]) }
        let help = ConfigCommand.helpMessage(columns: 200)
        #expect(help.contains("anysize config --markdown"))
        #expect(help.contains("--config FILE"))
        #expect(help.contains("78"))
    }

    @Test func `two forms at once are refused`() {
        let error = #expect(throws: (any Error).self) { try ConfigCommand.parse(["--json", "--markdown"]) }
        #expect(error.map { ConfigCommand.exitCode(for: $0) } == .usage)
    }

    @Test(arguments: [["a b", "--scopes", "upload"], ["a", "--scopes", "write"], ["a", "--scopes", ""], ["a"], []])
    func `a key needs a name and scopes`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try KeysCommand.Create.parse(arguments) }
        #expect(error.map { KeysCommand.Create.exitCode(for: $0) } == .usage)
    }

    @Test func `scopes are written with commas or plus signs`() {
        #expect(APIKey.scopes("upload,delete,read") == [.upload, .delete, .read])
        #expect(APIKey.scopes("upload+read") == [.upload, .read])
    }

    @Test func `the table is aligned, and long values don't move the others`() async throws {
        let settings = try await load(["--api-keys", "\(entry("a-rather-long-name")),\(entry("another-long-name"))"])
        let lines = settings.text.split(separator: "\n").map(String.init)
        #expect(lines.count == SettingDefinition.all.count)
        let short = lines.filter { $0.hasSuffix("  default") }
        #expect(short.count == SettingDefinition.all.count - 1)
        #expect(Set(short.map(\.count)).count == 1)
    }

    @Test func `the JSON has numbers for numbers`() async throws {
        let settings = try await load(["--render-queue-seconds", "2.5"])
        let object = try JSONSerialization.jsonObject(with: Data(settings.json.utf8)) as? [String: [String: Any]]
        #expect(object?.count == SettingDefinition.all.count)
        #expect(object?["upload.bytes.max"]?["value"] as? Int == 50_000_000)
        #expect(object?["render.queue.seconds"]?["value"] as? Double == 2.5)
        #expect(object?["render.queue.seconds"]?["origin"] as? String == "flag --render-queue-seconds")
        #expect(object?["http.host"]?["value"] as? String == "127.0.0.1")
    }
}
