import AnysizeCore
import Testing

@testable import anysize

@Suite struct PresetTests {
    private let card = NamedRecipe(name: "card", query: "crop=1,2,30,40&w=320")
    private let thumb = NamedRecipe(name: "thumb-1", query: "w=100&bg=red")

    @Test(arguments: [
        "presets:\n  card: crop=1,2,30,40&w=320\n  thumb-1: w=100&bg=red\n",
        "presets.card: crop=1,2,30,40&w=320\npresets.thumb-1: w=100&bg=red\n",
        "presets: [\"card:crop=1,2,30,40&w=320\", \"thumb-1:w=100&bg=red\"]\n",
        "presets:\n- card:crop=1,2,30,40&w=320\n- thumb-1:w=100&bg=red\n",
        "presets: card:crop=1,2,30,40&w=320 thumb-1:w=100&bg=red\n",
    ])
    func `a file has a map, a list or one text`(file: String) async throws {
        let settings = try await load(file: file)
        #expect(settings.presets.named == [card, thumb] && settings.presets.locked == .off)
        #expect(settings.text.contains("card:crop=1,2,30,40&w=320 thumb-1:w=100&bg=red"))
        #expect(settings.json.contains("\"thumb-1:w=100&bg=red\""))
    }

    @Test func `flag and variable have them between blanks`() async throws {
        let text = "\(card) \(thumb)"
        #expect(try await load(["--presets", text]).presets.named == [card, thumb])
        #expect(try await load(environment: ["ANYSIZE_PRESETS": text]).presets.named == [card, thumb])
        #expect(try await load(["--presets=\(card)"], file: "presets:\n  other: w=1\n").presets.named == [card])
    }

    @Test func `locked stands beside the names`() async throws {
        let settings = try await load(file: "presets:\n  card: w=320\n  locked: true\n")
        #expect(settings.presets.named == [NamedRecipe(name: "card", query: "w=320")])
        #expect(settings.presets.locked == .on && settings.presetRecipes.isLocked)
    }

    @Test func `a blank in a recipe is one of its text`() async throws {
        #expect(
            try await load(file: "presets:\n  card: \"w=1&bg=dark red\"\n".replacing("dark red", with: "red")).presets
                .named.count == 1)
        let faults = await faults(file: "presets:\n  card: w=1&bg=dark red\n")
        #expect(faults.count == 1 && faults.first?.reason.contains("preset card: bg must be") == true)
    }

    @Test func `every fault is told`() async {
        let file = """
            presets:
              good: w=1
              bad: w=0
              worse: nonsense=1
              empty:
              nested:
                w: 5
              again: preset=good
            """
        let faults = await faults(file: file)
        #expect(Set(faults.map(\.key)) == ["presets"])
        #expect(
            faults.map { String($0.reason.prefix(40)) }.sorted() == [
                "entry 5 must be name:recipe, with a name", "preset again: A preset can't contain ano",
                "preset bad: w must be a whole number fro", "preset empty needs a recipe, such as w=3",
                "preset worse: There is no such parameter",
            ])
        #expect(await self.faults("a:w=1 a:w=2").map(\.reason) == ["preset a is there more than once"])
        #expect(await self.faults("locked:w=1").count == 1)
    }

    private func faults(_ text: String) async -> [SettingFault] { await SettingsTests.faults(["--presets", text]) }
    private func faults(file: String) async -> [SettingFault] { await SettingsTests.faults(file: file) }
}
