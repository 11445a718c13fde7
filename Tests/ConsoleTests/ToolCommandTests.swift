import ArgumentParser
import Testing

@testable import anysize

@Suite struct ToolCommandTests {
    private let url = ["--url", "http://127.0.0.1:8080"]

    @Test func `each has help with examples and exit codes`() {
        for help in [ImportCommand.helpMessage(), WarmCommand.helpMessage(), VerifyCommand.helpMessage()] {
            #expect(help.contains("Examples:") && help.contains("Exit codes:") && help.contains("130 interrupted"))
        }
    }

    @Test(arguments: [
        [], ["--url", "8080"], ["--url", "http://a", "--concurrency", "0"],
        ["--url", "http://a", "--existing", "replace"], ["--url", "http://a", "--key", "k", "--key-file", "f"],
        ["--url", "http://a", "--ids", "number"], ["--url", "http://a", "--patience", "0"],
    ])
    func `an import that can't be meant is a usage error`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try ImportCommand.parse(["dir"] + arguments) }
        #expect(error.map { ImportCommand.exitCode(for: $0) } == .usage)
    }

    @Test func `several recipes follow one flag`() throws {
        let command = try WarmCommand.parse(url + ["--recipes", "w=320", "w=640&format=webp", "--concurrency", "4"])
        #expect(command.recipes == ["w=320", "w=640&format=webp"] && command.concurrency == 4)
    }

    @Test(arguments: [["w=0"], ["nonsense"], ["w=1", "w=320&w=640"]])
    func `a wrong recipe is told before anything is asked`(
        recipes: [String]
    ) {
        #expect(throws: (any Error).self) { try WarmCommand.parse(url + ["--recipes"] + recipes) }
    }

    @Test func `verify takes settings as serve does, beside its own flags`() throws {
        let command = try VerifyCommand.parse([
            "--data-directory", "/srv/x", "--bytes-per-second", "5MB", "--recipes", "w=1", "w=2", "--json",
        ])
        #expect(command.flags.arguments == ["--data-directory", "/srv/x"] && command.recipes == ["w=1", "w=2"])
        #expect(command.json && command.bytesPerSecond == "5MB")
    }

    @Test(arguments: [
        ["--bytes-per-second", "fast"], ["--recipes", "format=auto"], ["--url", "http://a"], ["--sample", "0"],
    ])
    func `a verification that can't be meant is a usage error`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try VerifyCommand.parse(arguments) }
        #expect(error.map { VerifyCommand.exitCode(for: $0) } == .usage)
    }
}
