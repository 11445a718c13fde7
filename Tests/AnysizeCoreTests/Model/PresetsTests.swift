import AnysizeCore
import Testing

@Suite struct PresetsTests {
    private let named = [
        "card": "w=320&h=200&fit=cover&format=auto", "face": "w=96&height=96&fit=cover&fp=0.3,0.2&q=60",
    ]

    private func recipe(_ query: String, isLocked: Bool = false) throws -> Recipe {
        try Recipe(query: query, presets: Presets(named, isLocked: isLocked))
    }

    @Test(arguments: ["preset=card", "p=card", "preset=card&ixlib=x"]) func `a name is its recipe`(query: String) throws
    {
        #expect(try recipe(query) == Recipe(query: "w=320&h=200&fit=cover&format=auto"))
        #expect(try recipe(query, isLocked: true) == recipe(query))
    }

    @Test(arguments: [
        ("preset=card&w=640", "w=640&h=200&fit=cover&format=auto"),
        ("width=640&p=card&fm=png", "w=640&h=200&fit=cover&format=png"),
        ("preset=card&v=00112233", "w=320&h=200&fit=cover&format=auto&v=00112233"),
        ("preset=face&h=50", "w=96&h=50&fit=cover&fp=0.3,0.2&q=60"),
        // What says where the middle is, says it instead of the preset's word for that.
        ("preset=face&gravity=north", "w=96&h=96&fit=cover&gravity=north&q=60"),
        ("preset=face&fp-x=0.9", "w=96&h=96&fit=cover&fp-x=0.9&q=60"),
        ("preset=face&crop=entropy", "w=96&h=96&fit=cover&gravity=entropy&q=60"),
    ])
    func `what else is given overrides it`(query: String, same: String) throws {
        #expect(try recipe(query) == Recipe(query: same))
    }

    @Test func `without a preset nothing is added, and only locked ones are missed`() throws {
        #expect(try recipe("w=5") == Recipe(query: "w=5"))
        for query in ["", "w=5"] {
            let error = #expect(throws: RecipeError.self) { try recipe(query, isLocked: true) }
            #expect(error?.parameter == "preset" && error?.detail.contains("card, face") == true)
        }
    }

    @Test(arguments: [("preset=card&w=5", "w"), ("dpr=2&p=card", "dpr"), ("p=card&width=5&h=9", "h")])
    func `locked presets can't be changed`(query: String, parameter: String) throws {
        let error = #expect(throws: RecipeError.self) { try recipe(query, isLocked: true) }
        #expect(error?.parameter == parameter)
        #expect(throws: Never.self) { try recipe("preset=card&v=00112233", isLocked: true) }
    }

    @Test(arguments: [("preset=none", "preset"), ("p=Card", "p"), ("preset=card&p=card", "p"), ("preset=", "preset")])
    func `an unknown name is told, with those that are known`(query: String, parameter: String) {
        let error = #expect(throws: RecipeError.self) { try recipe(query) }
        #expect(error?.parameter == parameter)
    }

    @Test func `without presets there are none`() throws {
        let error = #expect(throws: RecipeError.self) { try Recipe(query: "preset=card") }
        #expect(error?.detail == "There is no such preset. There are none.")
        #expect(try Recipe(query: "preset=card&w=5", presets: .unknown) == Recipe(query: "w=5"))
        #expect(throws: RecipeError.self) { try Recipe(query: "preset=card&w=0", presets: .unknown) }
    }

    @Test(arguments: ["w=0", "preset=face", "p=face", "v=00112233", "sig=x", "w=5&width=5", "ar=3:2", "nonsense=1"])
    func `what can't be a preset`(query: String) {
        #expect(Presets.fault(of: query) != nil)
        #expect(throws: RecipeError.self) { try Presets(["a": query], isLocked: false) }
    }
}

@Suite struct Base64ValueTests {
    @Test(arguments: [("bg64=bmF2eQ", "bg=navy"), ("bg64=bmF2eQ==", "bg=navy"), ("rect64=MSwyLDMsNA", "rect=1,2,3,4")])
    func `a value may be in Base64`(query: String, same: String) throws {
        #expect(try Recipe(query: query) == Recipe(query: same))
    }

    @Test(arguments: [
        "bg64=!", "bg64=", "bg64=AA", "bg64=_w", "nonsense64=bmF2eQ", "64=bmF2eQ", "bg64=bmF2eQ&bg=navy",
        "bg6464=bmF2eQ",
    ])
    func `or not`(query: String) {
        #expect(throws: RecipeError.self) { try Recipe(query: query) }
    }
}
