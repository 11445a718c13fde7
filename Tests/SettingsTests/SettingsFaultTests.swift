import ArgumentParser
import Testing

@testable import anysize

@Suite struct SettingsFaultTests {
    @Test func `all faults come at once, each with who is to blame`() async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await load(
                ["--http-port=99999", "--nonsense"],
                environment: ["ANYSIZE_LOG_LEVEL": "loud", "ANYSIZE_HTTP_PROT": "1"],
                file: "upload.bytes.max: 5XB\nunknown: 1\nrender.queue.seconds: 0\n"
            )
        }
        let faults = try #require(error).faults
        #expect(faults.map(\.subject).contains("flag --nonsense"))
        #expect(faults.map(\.subject).contains("key unknown"))
        #expect(
            Set(faults.compactMap(\.key)) == ["http.port", "log.level", "upload.bytes.max", "render.queue.seconds"]
        )
        #expect(faults.count == 6)
        #expect(error?.exitCode.rawValue == 78)
        #expect(error?.description.split(separator: "\n").count == 6)
        #expect(error?.warnings.count == 1)
        #expect(
            faults.first { $0.key == "http.port" }?.description
                == "http.port from flag --http-port is \"99999\": must be a whole number from 0 to 65535"
        )
        #expect(
            faults.first { $0.key == "log.level" }?.description == """
                log.level from environment variable ANYSIZE_LOG_LEVEL is "loud": \
                must be one of trace, debug, info, notice, warning, error, critical
                """
        )
    }

    @Test func `a value at fault doesn't give way to the next source`() async {
        let faults = await faults(["--http-port=x"], environment: ["ANYSIZE_HTTP_PORT": "8000"])
        #expect(faults.map(\.origin) == [.flag("--http-port")])
    }

    @Test(arguments: [
        (["--htp-port", "1"], "flag --htp-port: no such setting; the nearest is --http-port"),
        (["--http.port=1"], "flag --http.port: no such setting; the nearest is --http-port"),
        (["--quux"], "flag --quux: no such setting; anysize config --markdown lists all"),
        (["-x"], "flag -x: no such setting; anysize config --markdown lists all"),
        (["--http-port"], "flag --http-port: needs a value"),
        (["--http-port", "--log-level=info"], "flag --http-port: needs a value"),
        (["--config"], "flag --config: needs a value"),
        (["--http-port=1", "--http-port=2"], "flag --http-port: given more than once"),
        (["a\nb"], "argument a b: unexpected; a setting is written --key value"),
        (["stray"], "argument stray: unexpected; a setting is written --key value"),
        (["--http-port", "1", "2"], "argument 2: unexpected; a setting is written --key value"),
    ])
    func `a command line written wrongly`(arguments: [String], fault: String) async {
        let faults = await faults(arguments)
        #expect(faults.map(\.description) == [fault])
        #expect(SettingsError(faults: faults, warnings: []).exitCode.rawValue == 64)
    }

    @Test(arguments: [
        ("http.port", "-1"), ("http.port", "65536"), ("http.port", "0x50"), ("http.port", "80.0"), ("http.port", ""),
        ("http.port", "8080 "), ("http.host", ""), ("http.host", "a b"), ("http.host", "[::1]"),
        ("http.host", "http://localhost"), ("data.directory", ""), ("store.url", "s3://"),
        ("store.url", "file:data"), ("store.url", "file://host/path"), ("store.url", "/data"), ("store.url", ""),
        ("render.threads", "0"), ("render.threads", "257"), ("render.queue.seconds", "0.05"),
        ("render.queue.seconds", "1e2"), ("render.queue.seconds", "5s"), ("render.queue.seconds", "nan"),
        ("upload.bytes.max", "999"), ("upload.bytes.max", "2GB"), ("upload.axis.max", "65536"),
        ("output.pixels.max", "0"), ("cache.memory.bytes", "-1"), ("cache.memory.bytes", "1.5GB"),
        ("http.cache.seconds", "0.5"), ("log.level", "Info"), ("log.format", "xml"), ("api.keys", "app"),
    ])
    func `a value out of its range is one fault`(key: String, value: String) async throws {
        let definition = try #require(SettingDefinition.all.first { $0.key == key })
        let faults = await faults(["\(definition.flag)=\(value)"])
        #expect(faults.map(\.key) == [key])
        #expect(faults.first?.value == (definition.isSecret ? nil : value))
    }

    @Test func `other schemes of stores are told what is supported`() async {
        let faults = await faults(["--store-url", "gs://bucket"])
        #expect(faults.first?.reason.hasPrefix("only file: and s3: are supported") == true)
    }

    @Test func `a variable that Kubernetes sets for a Service is explained`() async {
        let faults = await faults(environment: ["ANYSIZE_HTTP_PORT": "tcp://10.0.0.1:80"])
        #expect(faults.first?.reason.contains("enableServiceLinks: false") == true)
    }

    @Test func `a fault is one line whatever the value`() {
        let fault = SettingFault(
            subject: "http.host", key: "http.host", origin: nil, value: "a\nb" + String(repeating: "x", count: 500),
            reason: "must be a host", isUsage: false
        )
        #expect(!fault.description.contains("\n"))
        #expect(fault.description.count < 200)
    }

    @Test(arguments: [
        "0.0.0.0", "::", "192.168.1.1", "example.org", "127.0.0.1.example.org", "127.example.org", "127.1",
    ])
    func `without keys, nobody else gets in`(host: String) async {
        let faults = await faults(environment: ["ANYSIZE_HTTP_HOST": host])
        #expect(faults.map(\.key) == ["http.host"])
        #expect(faults.first?.reason.contains("anysize keys create NAME --scopes upload,delete,read") == true)
    }

    @Test(arguments: ["127.0.0.1", "127.200.0.9", "::1", "localhost", "LOCALHOST"])
    func `without keys, this machine gets in`(host: String) async throws {
        #expect(try await load(["--http-host", host]).http.host == host)
    }

    @Test func `with keys, any address will do`() async throws {
        let settings = try await load(["--http-host", "0.0.0.0", "--api-keys", entry("app")])
        #expect(settings.http.host == "0.0.0.0")
    }

    @Test func `keys at fault aren't missing keys`() async {
        #expect(await faults(["--http-host", "0.0.0.0", "--api-keys", "x"]).map(\.key) == ["api.keys"])
    }

    @Test func `two listeners, two ports`() async throws {
        #expect(await faults(["--operations-port", "8080"]).map(\.key) == ["operations.port"])
        #expect(await faults(["--http-port", "8081"]).map(\.key) == ["operations.port"])
        let both = try await load(["--operations-port", "0", "--http-port", "0"])
        #expect(both.operations.port == 0)
    }
}
