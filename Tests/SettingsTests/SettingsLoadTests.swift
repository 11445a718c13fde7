import AnysizeCore
import AnysizeServer
import Testing

@testable import anysize

@Suite struct SettingsLoadTests {
    @Test func `nothing said, everything has its default`() async throws {
        let settings = try await load()
        #expect(settings.http.host == "127.0.0.1")
        #expect(settings.http.port == 8080)
        #expect(settings.upload.bytesMax == 50_000_000)
        #expect(settings.storeDirectory == "./data")
        #expect(settings.warnings.isEmpty)
        #expect(settings.origins.count == SettingDefinition.all.count)
        #expect(settings.origins.values.allSatisfy { $0 == .default })
    }

    @Test func `a flag goes before the environment, that before the file, that before the default`() async throws {
        let file = "http:\n  port: 1001\n  host: localhost\nlog.level: error\n"
        let environment = ["ANYSIZE_HTTP_PORT": "1002", "ANYSIZE_LOG_LEVEL": "debug"]
        let settings = try await withSettingsFile(file) { path in
            let settings = try await Settings.load(
                arguments: ["--config=\(path)", "--http-port", "1003"], environment: environment
            )
            #expect(settings.origins["http.host"] == .file(path))
            return settings
        }
        #expect(settings.http.port == 1003)
        #expect(settings.origins["http.port"] == .flag("--http-port"))
        #expect("\(settings.log.level)" == "debug")
        #expect(settings.origins["log.level"] == .environment("ANYSIZE_LOG_LEVEL"))
        #expect(settings.http.host == "localhost")
        #expect(settings.operations.port == 8081)
        #expect(settings.origins["operations.port"] == .default)
    }

    @Test(arguments: [["--http-port", "9000"], ["--http-port=9000"]])
    func `a flag is written with a blank or an equals sign`(arguments: [String]) async throws {
        #expect(try await load(arguments).http.port == 9000)
    }

    @Test func `a value may hold commas and equals signs`() async throws {
        #expect(try await load(["--data-directory=/a,b=c"]).data.directory == "/a,b=c")
    }

    @Test func `an empty variable is as good as none`() async throws {
        let settings = try await load(environment: ["ANYSIZE_HTTP_PORT": "", "ANYSIZE_CONFIG": "", "ANYSIZE_OTHER": ""])
        #expect(settings.origins["http.port"] == .default)
        #expect(settings.warnings.isEmpty)
    }

    @Test func `an unknown variable is a warning that names the nearest`() async throws {
        let settings = try await load(environment: ["ANYSIZE_HTTP_PROT": "1", "OTHER": "2"])
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.contains("ANYSIZE_HTTP_PROT") == true)
        #expect(settings.warnings.first?.contains("the nearest is ANYSIZE_HTTP_PORT") == true)
    }

    @Test func `a flag names another file than the environment`() async throws {
        let settings = try await withSettingsFile("http.port: 1\n") { path in
            try await Settings.load(arguments: ["--config", path], environment: ["ANYSIZE_CONFIG": "/nowhere.yaml"])
        }
        #expect(settings.http.port == 1)
    }

    @Test func `the environment names a file`() async throws {
        let settings = try await withSettingsFile("http.port: 1\n") { path in
            try await Settings.load(arguments: [], environment: ["ANYSIZE_CONFIG": path])
        }
        #expect(settings.http.port == 1)
    }

    /// Every key through every source, each time with the value that it prints for its default.
    @Test(arguments: SettingDefinition.all)
    func `every key can be set from everywhere`(_ definition: SettingDefinition) async throws {
        let shown = definition.value(Settings(), false).description
        // What has no default is set to something: nothing in an environment stands for nothing said.
        let samples = [
            "redis.url": "redis://127.0.0.1", "api.keys": entry("app"), "client.proxies": "10.0.0.0/8 fd00::/8",
            "signing.keys": "a:0123456789abcdef", "signing.imgix.tokens": "a:0123456789abcdef", "presets": "a:w=1",
            "formats.extra": "tiff",
        ]
        let value = samples[definition.key] ?? (shown.isEmpty ? "some" : shown)
        // Neither of these two may stand alone.
        let counterparts = ["store.key.id": "--store-key-secret=s", "store.key.secret": "--store-key-id=i"]
        let more = counterparts[definition.key].map { [$0] } ?? []
        let byFlag = try await load(more + [definition.flag, value])
        #expect(byFlag.origins[definition.key] == .flag(definition.flag))
        let byVariable = try await load(more, environment: [definition.environmentVariable: value])
        #expect(byVariable.origins[definition.key] == .environment(definition.environmentVariable))
        let byFile = try await load(more, file: "\(definition.key): \"\(value)\"\n")
        guard case .file = byFile.origins[definition.key] else {
            Issue.record("not taken from the file")
            return
        }
    }

    @Test(arguments: ["svg,TIFF, svg", "tiff svg", "svg\ttiff"])
    func `extra formats are a list, in whatever order`(text: String) async throws {
        let settings = try await load(["--formats-extra", text])
        #expect(settings.formats.extra.map(\.description) == ["tiff", "svg"])
        #expect(settings.headerLimits.allows(.svg) && !settings.headerLimits.allows(.jxl))
        let byFile = try await load([], file: "formats.extra: [svg, tiff]\n")
        #expect(byFile.formats.extra == settings.formats.extra)
    }

    @Test(arguments: ["10.0.0.0/8,192.0.2.7 , fd00::/8", "10.0.0.0/8 192.0.2.7\tfd00::/8"])
    func `proxies are addresses and networks`(text: String) async throws {
        let settings = try await load(["--client-proxies", text])
        #expect(settings.client.proxies.map(\.description) == ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"])
        let byFile = try await load([], file: "client.proxies: [10.0.0.0/8, 192.0.2.7, \"fd00::/8\"]\n")
        #expect(byFile.client.proxies == settings.client.proxies)
    }

    @Test(arguments: ["10.0.0.1/8", "proxy.example.org", "10.0.0.0/8,x"])
    func `what is no network is told by its place`(text: String) async throws {
        let error = await #expect(throws: SettingsError.self) { try await load(["--client-proxies", text]) }
        #expect("\(error as Any)".contains("entry \(text.contains(",") ? 2 : 1)"))
    }

    @Test func `a store of its own`() async throws {
        #expect(try await load(["--store-url", "file:/srv/a%20b"]).storeDirectory == "/srv/a b")
        #expect(try await load(["--store-url", "file:///srv/pictures"]).storeDirectory == "/srv/pictures")
        #expect(try await load(["--store-url", "file:", "--data-directory", "/d"]).storeDirectory == "/d")
    }
}
