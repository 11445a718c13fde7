import Testing

@testable import anysize

@Suite struct SettingDefinitionTests {
    @Test func `every name is there once`() {
        let all = SettingDefinition.all
        #expect(Set(all.map(\.key)).count == all.count)
        #expect(Set(all.map(\.flag)).count == all.count)
        #expect(Set(all.map(\.environmentVariable)).count == all.count)
    }

    @Test func `no key is a group of others, unless it is a map`() {
        let keys = SettingDefinition.all.map(\.key)
        for key in SettingDefinition.all.filter({ !$0.isMap }).map(\.key) {
            #expect(!keys.contains { $0.hasPrefix(key + ".") })
        }
    }

    /// Counted by reflection, so that a field without a key can't stay unnoticed.
    @Test func `every field has a key`() {
        let notFields = ["origins", "warnings"]
        let groups = Mirror(reflecting: Settings()).children.filter { !notFields.contains($0.label ?? "") }
        let fieldCount = groups.map { Mirror(reflecting: $0.value).children.count }.reduce(0, +)
        #expect(fieldCount == SettingDefinition.all.count)
    }

    @Test(arguments: SettingDefinition.all)
    func `says what it is`(_ definition: SettingDefinition) {
        #expect(definition.meaning.hasSuffix("."))
        #expect(!definition.type.isEmpty && !definition.range.isEmpty && !definition.defaultText.isEmpty)
    }

    @Test(arguments: SettingDefinition.all)
    func `takes back the default that it prints`(_ definition: SettingDefinition) throws {
        let defaults = Settings()
        let value = definition.value(defaults, false)
        var settings = Settings()
        try definition.set(value == .list([]) ? "" : value.description, &settings)
        #expect(definition.value(settings, false) == value)
    }

    @Test(arguments: [
        ("http.port", "--http-port", "ANYSIZE_HTTP_PORT"),
        ("http.cache.stale.seconds", "--http-cache-stale-seconds", "ANYSIZE_HTTP_CACHE_STALE_SECONDS"),
    ])
    func `is called alike everywhere`(key: String, flag: String, variable: String) throws {
        let definition = try #require(SettingDefinition.all.first { $0.key == key })
        #expect(definition.flag == flag)
        #expect(definition.environmentVariable == variable)
    }

    @Test func `the markdown table has a row for each key, all of six cells`() {
        let lines = SettingDefinition.markdown.split(separator: "\n")
        #expect(lines.count == SettingDefinition.all.count + 2)
        for line in lines { #expect(line.replacing("\\|", with: "").count { $0 == "|" } == 7) }
        let port = "| `http.port` | `ANYSIZE_HTTP_PORT` | integer | `8080` | 0 to 65535 | "
        #expect(lines.contains { $0.hasPrefix(port) })
    }

    @Test func `a message shows no secret that somebody wrote into a URL`() throws {
        let store = try #require(SettingDefinition.all.first { $0.key == "store.url" })
        #expect(store.mayShow("s4://bucket") && !store.mayShow("s3://ID:secret@bucket"))
        let origin = Origin.flag("--store-url")
        let fault = SettingFault(store, origin, value: "s3://ID:secret@bucket", reason: "is wrong")
        #expect(!"\(fault)".contains("secret"))
    }

    @Test func `the markdown table says nothing of this machine`() {
        let rows = SettingDefinition.markdown.split(separator: "\n")
        #expect(rows.contains { $0.contains("`render.threads`") && $0.contains("number of cores") })
        #expect(rows.contains { $0.contains("`upload.threads`") && $0.contains("half the cores, at least 1") })
        #expect(rows.contains { $0.contains("`log.format`") && $0.contains("text on a terminal, else json") })
    }
}

extension SettingDefinition: CustomTestStringConvertible {
    public var testDescription: String { key }
}
