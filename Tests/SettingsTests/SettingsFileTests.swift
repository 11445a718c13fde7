import AnysizeServer
import Testing

@testable import anysize

@Suite struct SettingsFileTests {
    @Test func `keys are nested or written out`() async throws {
        let settings = try await load(
            file: """
                http:
                  port: 9001
                  cache:
                    seconds: 5
                    stale.seconds: 6
                upload.bytes.max: 64MiB
                render: {deadline: {seconds: 2.5}}
                """
        )
        #expect(settings.http.port == 9001)
        #expect(settings.http.cacheSeconds == 5)
        #expect(settings.http.cacheStaleSeconds == 6)
        #expect(settings.upload.bytesMax == 64 << 20)
        #expect(settings.render.deadlineSeconds == 2.5)
    }

    @Test(arguments: [
        "api.keys:\n  - \(entry("one"))\n  - \(entry("two", "read+delete"))\n",
        "api:\n  keys: \"\(entry("one")), \(entry("two", "read+delete"))\"\n",
        "api:\n  keys: |\n    \(entry("one"))\n    \(entry("two", "read+delete"))\n",
    ])
    func `keys of callers are a list or a text`(file: String) async throws {
        let settings = try await load(file: file)
        #expect(settings.api.keys.map(\.name) == ["one", "two"])
        #expect(settings.api.keys.last?.scopes == [.read, .delete])
    }

    @Test(arguments: ["", "\n", "# http.port: 1\n---\n", "http:\n  # port: 1\n", "http:\n  port: ~\n", "http.port:\n"])
    func `what says nothing changes nothing`(file: String) async throws {
        #expect(try await load(file: file).origins["http.port"] == .default)
    }

    @Test func `a file that is named must be there`() async {
        let faults = await faults(["--config", "/nowhere/anysize.yaml"])
        #expect(faults.count == 1)
        #expect(
            faults.first?.description
                == "settings file from flag --config is \"/nowhere/anysize.yaml\": there is no such file"
        )
    }

    @Test func `a directory is no settings file`() async {
        #expect(await faults(["--config", "/"]).first?.reason == "can't be read")
    }

    @Test(arguments: ["http: {port: 1\n", "just text\n", "- 1\n", "http:\n  port: 1\n  port: 2\n", "api.keys: [[a]]\n"])
    func `what isn't YAML with keys and values is a fault of one line`(file: String) async {
        let faults = await faults(file: file)
        #expect(faults.count == 1)
        #expect(faults.first?.description.contains("isn't YAML with keys and values") == true)
        #expect(faults.first?.description.contains("\n") == false)
    }

    @Test func `every unknown key is listed`() async {
        let faults = await faults(file: "http:\n  prot: 1\nhttp.ports: 2\nnonsense: {deep: 3}\n")
        #expect(faults.map(\.subject) == ["key http.ports", "key http.prot", "key nonsense.deep"])
        #expect(faults.first?.reason == "no such setting; the nearest is http.port")
    }

    @Test func `a group with a value is an unknown key`() async {
        #expect(await faults(file: "http: 8080\n").map(\.subject) == ["key http"])
    }

    @Test func `a key stands there once, nested or written out`() async {
        let faults = await faults(file: "http:\n  port: 1\nhttp.port: 2\n")
        #expect(faults.map(\.key) == ["http.port"])
        #expect(faults.first?.reason == "given more than once")
    }

    @Test func `only a list may be a list`() async {
        let faults = await faults(file: "http.port: [1, 2]\n")
        #expect(faults.map(\.key) == ["http.port"])
        #expect(faults.first?.reason == "must be one value (0 to 65535), not a list")
    }
}
