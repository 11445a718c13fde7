import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite struct OverlayTests {
    @Test(arguments: [
        ("mark=logo", "overlay=logo"), ("overlay=logo&overlay-opacity=100&overlay-padding=10", "overlay=logo"),
        (
            "mark=logo&mark-w=50&mark-h=20&mark-x=1&mark-y=2",
            "overlay=logo&overlay-w=50&overlay-h=20&overlay-x=1&overlay-y=2"
        ),
        ("mark=logo&mark-align=top,left&mark-pad=3", "overlay=logo&overlay-gravity=northwest&overlay-padding=3"),
        ("mark=logo&mark-alpha=50", "overlay=logo&overlay-opacity=50"),
        ("mark=logo&mark-w=0.25", "overlay=logo&overlay-w=25%"),
        ("mark=logo&mark-scale=25", "overlay=logo&overlay-w=25%25"),
        (
            "overlay=logo&overlay-align=ne&overlay-pad=3&overlay-alpha=5",
            "overlay=logo&overlay-gravity=top-right&overlay-padding=3&overlay-opacity=5"
        ),
    ])
    func `Aliases fold into one recipe`(query: String, same: String) throws {
        #expect(try Recipe(query: query) == Recipe(query: same))
    }

    @Test(arguments: [
        ("overlay=", "overlay"), ("overlay=.hidden", "overlay"), ("mark=https://host/logo.png", "mark"),
        ("overlay=a/b", "overlay"), ("overlay=a&mark=b", "mark"), ("overlay-w=10", "overlay-w"),
        ("mark-alpha=10", "mark-alpha"), ("overlay=a&overlay-w=0", "overlay-w"),
        ("overlay=a&overlay-w=0%", "overlay-w"),
        ("overlay=a&overlay-w=8193", "overlay-w"), ("overlay=a&overlay-w=101%", "overlay-w"),
        ("overlay=a&overlay-h=1.1", "overlay-h"), ("overlay=a&overlay-x=-1", "overlay-x"),
        ("overlay=a&overlay-y=01", "overlay-y"), ("overlay=a&overlay-opacity=101", "overlay-opacity"),
        ("overlay=a&overlay-opacity=50%", "overlay-opacity"), ("overlay=a&overlay-gravity=smart", "overlay-gravity"),
        ("overlay=a&overlay-padding=9000", "overlay-padding"), ("overlay=a&mark-scale=200", "mark-scale"),
    ])
    func `Faults name their parameter`(query: String, parameter: String) {
        #expect { try Recipe(query: query) } throws: { ($0 as? RecipeError)?.parameter == parameter }
    }

    /// On a result of 400 by 300, of an overlay of 200 by 100.
    @Test(arguments: [
        ("", "overlay-w=200&overlay-x=190&overlay-y=190"),
        ("overlay-w=100", "overlay-w=100&overlay-x=290&overlay-y=240"),
        ("overlay-h=50", "overlay-w=100&overlay-x=290&overlay-y=240"),
        ("overlay-w=25%", "overlay-w=100&overlay-x=290&overlay-y=240"),
        ("overlay-w=0.25", "overlay-w=100&overlay-x=290&overlay-y=240"),
        ("overlay-w=100&overlay-h=10", "overlay-w=20&overlay-x=370&overlay-y=280"),
        ("overlay-w=100&overlay-padding=0", "overlay-w=100&overlay-x=300&overlay-y=250"),
        ("overlay-w=100&overlay-gravity=nw", "overlay-w=100&overlay-x=10&overlay-y=10"),
        ("overlay-w=100&overlay-gravity=center", "overlay-w=100&overlay-x=150&overlay-y=125"),
        ("overlay-w=100&overlay-gravity=n&overlay-padding=20", "overlay-w=100&overlay-x=150&overlay-y=20"),
        ("overlay-w=100&overlay-x=30&overlay-y=0", "overlay-w=100&overlay-x=30&overlay-y=0"),
        ("overlay-w=100&overlay-x=50%", "overlay-w=100&overlay-x=200&overlay-y=240"),
        // Never outside, and never larger than the room it has.
        ("overlay-w=100&overlay-x=999&overlay-y=999", "overlay-w=100&overlay-x=300&overlay-y=250"),
        ("overlay-w=8000", "overlay-w=380&overlay-x=10&overlay-y=100"),
        ("overlay-w=100%&overlay-padding=0", "overlay-w=400&overlay-x=0&overlay-y=100"),
        ("overlay-w=100&overlay-opacity=40", "overlay-opacity=40&overlay-w=100&overlay-x=290&overlay-y=240"),
        ("overlay-w=20&overlay-padding=8000", "overlay-w=4&overlay-x=247&overlay-y=149"),
    ])
    func `Size and place are decided in pixels`(query: String, text: String) throws {
        let settled = try settle("overlay=logo&\(query)")
        let parts = "fit=stretch&format=jpeg&h=300&overlay=logo&\(text)&w=400".split(separator: "&")
        #expect(settled.text == parts.sorted().joined(separator: "&"))
        #expect(try settle(settled.text) == settled)
    }

    @Test func `Device pixels count for pixels, not for shares`() throws {
        let query = "w=200&dpr=2&overlay=logo&overlay-padding=5"
        #expect(
            try settle("\(query)&overlay-w=50").overlay?.place == PixelRect(left: 290, top: 240, width: 100, height: 50)
        )
        #expect(try settle("\(query)&overlay-w=25%").overlay?.place.width == 100)
        #expect(try settle("\(query)&overlay-w=50&overlay-x=7").overlay?.place.left == 14)
        #expect(try settle("w=100&dpr=1.5&overlay=logo&overlay-padding=0").overlay?.place.width == 150)
    }

    @Test func `An overlay that nobody sees is none`() throws {
        #expect(try settle("overlay=logo&overlay-opacity=0") == settle(""))
    }

    @Test func `Without the other original there is no overlay`() {
        #expect { try Recipe(query: "overlay=logo").settled(for: .sample(400, 300)) } throws: {
            ($0 as? RecipeError)?.parameter == "overlay"
        }
    }

    @Test func `Any overlay is inside, keeps its proportions, and is the same when said again`() throws {
        var random = SeededRandom(seed: 11)
        let words = ["n", "s", "e", "w", "ne", "nw", "se", "sw", "c"]
        for _ in 0..<20_000 {
            let side = { (max: Int, random: inout SeededRandom) in Int.random(in: 1...max, using: &random) }
            let result = PixelSize(width: side(700, &random), height: side(700, &random))
            let picture = PictureFacts.sample(side(3000, &random), side(3000, &random))
            var query =
                "overlay=logo&overlay-gravity=\(words[side(9, &random) - 1])&dpr=\([1, 1.5, 3][side(3, &random) - 1])"
            for name in ["w", "h", "x", "y"] where Bool.random(using: &random) {
                query += "&overlay-\(name)=\(side(900, &random))" + (Bool.random(using: &random) ? "" : "")
            }
            if Bool.random(using: &random) { query += "&overlay-padding=\(side(400, &random))" }
            let facts = PictureFacts.sample(result.width, result.height)
            let settled = try Recipe(query: query).settled(for: facts, overlay: picture)
            let place = try #require(settled.overlay?.place)
            let what: Comment = "?\(query) of \(picture.size) on \(result): \(place)"
            #expect(place.left >= 0 && place.top >= 0 && place.width >= 1 && place.height >= 1, what)
            #expect(place.left + place.width <= result.width && place.top + place.height <= result.height, what)
            let ratio = Double(picture.width) / Double(picture.height)
            #expect(
                abs(Double(place.width) / ratio - Double(place.height)) <= 0.5
                    || abs(Double(place.height) * ratio - Double(place.width)) <= 0.5 || place.width == 1
                    || place.height == 1, what)
            let again = try Recipe(query: settled.text).settled(for: facts, overlay: picture)
            if again != settled { Issue.record("\(what) is ?\(settled.text), and that ?\(again.text)") }
        }
    }

    @Test func `An overlay's bytes and level are part of the variant's name`() throws {
        let settled = try settle("overlay=logo")
        let (cat, logo) = (Digest(of: .init(string: "cat")), Digest(of: .init(string: "logo")))
        let key = { (digest: Digest, pyramid: Pyramid) in
            VariantKey(
                original: cat, recipe: settled, source: .original,
                overlay: OverlaySource(digest, .sample(2000, 1000), for: settled, of: pyramid))
        }
        #expect(key(logo, Pyramid()) == key(logo, Pyramid()))
        #expect(key(logo, Pyramid()) == key(logo, Pyramid(isEnabled: false)))
        #expect(key(logo, Pyramid()) != key(cat, Pyramid()))
        #expect(key(logo, Pyramid()) != VariantKey(original: cat, recipe: settled, source: .original))
    }

    @Test func `An overlay comes from the smallest level that is large enough`() {
        let source = { (width: Int, place: Int) in
            Pyramid().level(
                of: PixelSize(width: width, height: width / 2), with: PixelSize(width: place, height: place / 2))
        }
        #expect(source(1000, 500) == PyramidLevel(index: 1, of: PixelSize(width: 1000, height: 500)))
        #expect(source(1000, 501).index == 0)
        #expect(source(100, 4000).index == 0)
        #expect(source(8000, 4000).index == 2)
    }

    /// Where it ends up isn't known before the borders are off, nor how large it is then.
    @Test func `Beside trim it comes from the largest level`() throws {
        let level = { (query: String) in
            let settled = try self.settle(query)
            return OverlaySource(Digest(of: .init(string: "logo")), .sample(2000, 1000), for: settled, of: Pyramid())?
                .level
        }
        #expect(try level("overlay=logo&overlay-w=20")?.index ?? 0 > 0)
        #expect(try level("overlay=logo&overlay-w=20&trim=5")?.index == 0)
        #expect(try level("trim=5") == nil)
    }

    private func settle(_ query: String) throws -> SettledRecipe {
        try Recipe(query: query).settled(for: .sample(400, 300), overlay: .sample(200, 100))
    }
}
