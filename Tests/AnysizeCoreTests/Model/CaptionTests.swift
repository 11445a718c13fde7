import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct CaptionTests {
    @Test(arguments: [
        ("txt=Hello", "text=Hello"), ("text=a%26b%3Dc+d", "text=a%26b%3dc%2bd"),
        (
            "txt=a&txt-size=30&txt-color=fff&txt-font=serif&txt-align=top,left&txt-pad=3&txt-width=90&txt-x=1&txt-y=2",
            "text=a&text-size=30&text-color=white&text-font=serif&text-gravity=nw&text-padding=3&text-w=90&text-x=1&text-y=2"
        ),
        ("text=a&txt-font=sans-serif,bold&txt-alpha=50", "text=a&text-font=sans-bold&text-opacity=50"),
        ("text=a&text-font=monospace&text-align=center&text-pad=10", "text=a&text-font=mono&text-gravity=center"),
        ("text=a&text-colour=black&text-size=12&text-opacity=100", "text=a"),
    ])
    func `Aliases fold into one recipe`(query: String, same: String) throws {
        #expect(try Recipe(query: query) == Recipe(query: same))
    }

    @Test(arguments: [
        ("text=", "text"), ("text=%20%09", "text"), ("text=%20%E2%80%83", "text"), ("text=a%07", "text"),
        ("text=a%0D%0Ab", "text"), ("text=%C2%85a", "text"), ("text=a%00", "text"), ("txt=%1b[0m", "txt"),
        ("text=a&txt=b", "txt"), ("text-size=10", "text-size"), ("txt-color=red", "txt-color"),
        ("text=a&text-size=3", "text-size"), ("text=a&text-size=321", "text-size"),
        ("text=a&text-font=Comic%20Sans", "text-font"), ("text=a&text-font=/etc/passwd", "text-font"),
        ("text=a&text-color=1", "text-color"), ("text=a&text-gravity=entropy", "text-gravity"),
        ("text=a&text-padding=-1", "text-padding"), ("text=a&text-opacity=1.5", "text-opacity"),
        ("text=a&text-w=0", "text-w"), ("text=a&text-x=200%", "text-x"), ("text=a&text-y=b", "text-y"),
    ])
    func `Faults name their parameter`(query: String, parameter: String) {
        #expect { try Recipe(query: query) } throws: { ($0 as? RecipeError)?.parameter == parameter }
    }

    @Test func `A text is bounded in bytes`() throws {
        #expect(try Recipe(query: "text=" + String(repeating: "é", count: 250)).caption != nil)
        #expect { try Recipe(query: "text=" + String(repeating: "é", count: 251)) } throws: {
            ($0 as? RecipeError)?.parameter == "text"
        }
        // However it is escaped, it fits into a query, and so does what is made of it.
        let escaped = String(repeating: "%F0%9F%98%80", count: 125)
        let settled = try settle("text=\(escaped)&text-size=10")
        #expect(try settle(settled.text) == settled)
    }

    @Test func `A line feed is the only control character`() throws {
        #expect(try Recipe(query: "text=a%0Ab").caption?.text == "a\nb")
    }

    /// On a result of 400 by 300.
    @Test(arguments: [
        ("text=Hi", "text=Hi&text-w=380"), ("text=Hi&text-padding=0", "text=Hi&text-padding=0&text-w=400"),
        ("text=a%20b%2F%C3%A9", "text=a%20b%2F%C3%A9&text-w=380"), ("text=%3Cb%3E%26", "text=%3Cb%3E%26&text-w=380"),
        ("text=a&text-size=30&text-font=mono", "text=a&text-font=mono&text-size=30&text-w=380"),
        ("text=a&text-color=ff0000&text-opacity=50", "text=a&text-color=%23ff000080&text-w=380"),
        ("text=a&text-color=%23ff000080&text-opacity=50", "text=a&text-color=%23ff000040&text-w=380"),
        ("text=a&text-w=50%", "text=a&text-w=200"), ("text=a&text-w=9000", ""),
        ("text=a&text-w=8000", "text=a&text-w=380"),
        ("text=a&text-x=100&text-y=20", "text=a&text-w=300&text-x=100&text-y=20"),
        ("text=a&text-gravity=nw&text-x=50%", "text=a&text-gravity=northwest&text-w=200&text-x=200"),
        ("text=a&text-x=8000&text-y=8000", "text=a&text-w=1&text-x=399&text-y=299"),
        ("text=a&text-padding=8000", "text=a&text-padding=149&text-w=102"),
    ])
    func `What is decided is in the canonical text, escaped`(query: String, text: String) throws {
        guard !text.isEmpty else {
            #expect(throws: RecipeError.self) { try settle(query) }
            return
        }
        let settled = try settle(query)
        let parts = "fit=stretch&format=jpeg&h=300&\(text)&w=400".split(separator: "&")
        #expect(settled.text == parts.sorted().joined(separator: "&"))
        #expect(try settle(settled.text) == settled)
    }

    @Test func `Device pixels count for sizes, up to the largest there is`() throws {
        #expect(try settle("w=200&dpr=2&text=a&text-size=20").caption?.size == 40)
        #expect(try settle("w=200&dpr=2&text=a&text-size=300").caption?.size == 320)
        #expect(try settle("w=800&dpr=0.5&text=a&text-size=4").caption?.size == 4)
        #expect(try settle("w=200&dpr=2&text=a").caption?.padding == 20)
    }

    @Test(arguments: ["text=a&text-opacity=0", "text=a&text-color=transparent", "text=a&text-color=%23ff000000"])
    func `A text that nobody sees is none`(query: String) throws {
        #expect(try settle(query) == settle(""))
    }

    @Test func `Letters for which there can't be room are refused before any work`() throws {
        let long = String(repeating: "i", count: 400)
        #expect(try settle("text=\(long)&text-size=20").caption != nil)
        #expect { try settle("text=\(long)&text-size=300") } throws: { ($0 as? RecipeError)?.parameter == "text" }
    }

    @Test func `Any text comes back as it was`() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<2000 {
            let scalars = (0..<Int.random(in: 1...60, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 32...0x1_F700, using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            let query = "text=\(PercentEncoding.encode(text))&text-size=5"
            guard let settled = try? settle(query) else { continue }
            #expect(Array((settled.caption?.text ?? "").utf8) == Array(text.utf8))
            #expect(try settle(settled.text) == settled)
        }
    }

    private func settle(_ query: String) throws -> SettledRecipe {
        try Recipe(query: query).settled(for: .sample(400, 300))
    }
}
