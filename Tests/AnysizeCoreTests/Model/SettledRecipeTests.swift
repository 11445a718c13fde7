import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct SettledRecipeTests {
    struct Case: CustomTestStringConvertible {
        let query: String
        let original: (Int, Int)
        let text: String
        var testDescription: String { "\(original.0)x\(original.1) ?\(query)" }

        init(_ query: String, _ width: Int, _ height: Int, _ text: String) {
            self.query = query
            original = (width, height)
            self.text = text
        }
    }

    /// The canonical text of a recipe for an original, which holds every size decision.
    @Test(arguments: [
        // Inside the box, from one side or both.
        Case("w=320", 4032, 3024, "fit=stretch&format=jpeg&h=240&w=320"),
        Case("h=240", 4032, 3024, "fit=stretch&format=jpeg&h=240&w=320"),
        Case("w=320&h=1000", 4032, 3024, "fit=stretch&format=jpeg&h=240&w=320"),
        Case("w=320&dpr=2", 4032, 3024, "fit=stretch&format=jpeg&h=480&w=640"),
        Case("w=640", 4032, 3024, "fit=stretch&format=jpeg&h=480&w=640"),
        // Nothing is enlarged unless asked for.
        Case("w=800", 400, 300, "fit=stretch&format=jpeg&h=300&w=400"),
        Case("w=800&upscale=1", 400, 300, "fit=stretch&format=jpeg&h=600&upscale=1&w=800"),
        Case("w=200&upscale=1", 400, 300, "fit=stretch&format=jpeg&h=150&w=200"),
        Case("", 400, 300, "fit=stretch&format=jpeg&h=300&w=400"),
        Case("upscale=1", 400, 300, "fit=stretch&format=jpeg&h=300&w=400"),
        // Covering: a fixed cut becomes a crop, one that depends on pixels stays.
        Case("w=100&h=100&fit=cover", 400, 300, "crop=50,0,300,300&fit=stretch&format=jpeg&h=100&w=100"),
        Case("w=100&h=100&fit=cover&g=west", 400, 300, "crop=0,0,300,300&fit=stretch&format=jpeg&h=100&w=100"),
        Case("w=100&h=100&fit=cover&g=north", 400, 300, "crop=50,0,300,300&fit=stretch&format=jpeg&h=100&w=100"),
        Case("w=100&h=100&fit=cover&fp=1,0.5", 400, 300, "crop=100,0,300,300&fit=stretch&format=jpeg&h=100&w=100"),
        Case("w=100&h=100&fit=cover&g=smart", 400, 300, "fit=cover&format=jpeg&gravity=smart&h=100&w=100"),
        Case("w=100&h=75&fit=cover&g=smart", 400, 300, "fit=stretch&format=jpeg&h=75&w=100"),
        Case("w=5000&h=5000&fit=cover", 400, 300, "crop=50,0,300,300&fit=stretch&format=jpeg&h=300&w=300"),
        Case(
            "w=600&h=600&fit=cover&upscale=1", 400, 300,
            "crop=50,0,300,300&fit=stretch&format=jpeg&h=600&upscale=1&w=600"),
        Case("w=100&fit=cover", 400, 300, "fit=stretch&format=jpeg&h=75&w=100"),
        Case("w=90&ar=3:2&fit=cover", 400, 400, "crop=0,66,400,267&fit=stretch&format=jpeg&h=60&w=90"),
        // Padding: the canvas is what was asked for.
        Case("w=100&h=100&fit=pad", 400, 300, "fit=pad&format=jpeg&h=100&w=100"),
        Case("w=100&h=100&fit=pad&g=north&bg=000", 400, 300, "bg=000000&fit=pad&format=jpeg&gravity=north&h=100&w=100"),
        Case("w=100&h=100&fit=pad&g=east", 400, 300, "fit=pad&format=jpeg&h=100&w=100"),
        Case("w=800&h=800&fit=pad", 400, 300, "fit=pad&format=jpeg&h=800&w=800"),
        Case("w=100&h=75&fit=pad&bg=red", 400, 300, "fit=stretch&format=jpeg&h=75&w=100"),
        Case("w=100&h=100&fit=outside", 400, 300, "fit=stretch&format=jpeg&h=100&w=133"),
        Case("w=100&h=200&fit=stretch", 400, 300, "fit=stretch&format=jpeg&h=200&w=100"),
        Case("w=500&h=200&fit=stretch", 400, 300, "fit=stretch&format=jpeg&h=200&w=400"),
        // Crops are of the upright original, before anything else.
        Case("crop=10,20,100,50&w=50", 400, 300, "crop=10,20,100,50&fit=stretch&format=jpeg&h=25&w=50"),
        Case("crop=50%,50%,50%,50%", 400, 300, "crop=200,150,200,150&fit=stretch&format=jpeg&h=150&w=200"),
        Case("crop=0,0,400,300", 400, 300, "fit=stretch&format=jpeg&h=300&w=400"),
        Case("crop=300,200,999,999", 400, 300, "crop=300,200,100,100&fit=stretch&format=jpeg&h=100&w=100"),
        // Defaults said aloud, and parameters that make no difference, are gone.
        Case("w=100&q=80", 400, 300, "fit=stretch&format=jpeg&h=75&w=100"),
        Case("w=100&q=81", 400, 300, "fit=stretch&format=jpeg&h=75&q=81&w=100"),
        Case("w=100&format=png&q=10&lossless=1", 400, 300, "fit=stretch&format=png&h=75&w=100"),
        Case("w=100&format=webp&lossless=1&q=10", 400, 300, "fit=stretch&format=webp&h=75&lossless=1&w=100"),
        Case("w=100&bg=red", 400, 300, "fit=stretch&format=jpeg&h=75&w=100"),
        // Thin pictures stay pictures.
        Case("w=320&upscale=1", 1, 16000, "fit=stretch&format=jpeg&h=8192&w=1"),
        Case("w=10", 10_000, 1, "fit=stretch&format=jpeg&h=1&w=10"),
    ])
    func settlesTo(_ test: Case) throws {
        let facts = PictureFacts.sample(test.original.0, test.original.1)
        let settled = try Recipe(query: test.query).settled(for: facts)
        #expect(settled.text == test.text)
        #expect(try Recipe(query: settled.text).settled(for: facts) == settled)
    }

    @Test func transparencyDecidesWhatABackgroundMeans() throws {
        func text(_ query: String, alpha: Bool) throws -> String {
            try Recipe(query: query).settled(for: .sample(400, 300, format: .png, hasAlpha: alpha)).text
        }
        #expect(try text("bg=white", alpha: false) == "fit=stretch&format=png&h=300&w=400")
        #expect(try text("bg=white", alpha: true) == "bg=ffffff&fit=stretch&format=png&h=300&w=400")
        #expect(try text("bg=transparent", alpha: true) == "fit=stretch&format=png&h=300&w=400")
        #expect(try text("bg=white&format=jpeg", alpha: true) == "fit=stretch&format=jpeg&h=300&w=400")
        #expect(try text("bg=%2300000080&format=jpeg", alpha: true) == "bg=7f7f7f&fit=stretch&format=jpeg&h=300&w=400")
        #expect(try text("fit=pad&w=99&h=99&bg=%23ffff", alpha: false) == "fit=pad&format=png&h=99&w=99")
        #expect(try text("fit=pad&w=99&h=99&bg=%230000", alpha: false) == "bg=transparent&fit=pad&format=png&h=99&w=99")
    }

    @Test func formatFollowsTheOriginalOrWhatIsAccepted() throws {
        func format(
            _ query: String, _ original: ImageFormat, alpha: Bool = false, _ accepted: AcceptedFormats = [],
            side: Int = 100
        ) throws -> ImageFormat {
            try Recipe(query: query)
                .settled(for: .sample(side, side, format: original, hasAlpha: alpha), accepting: accepted).format
        }
        #expect(try format("", .webp) == .webp)
        #expect(try format("", .heic) == .jpeg)
        #expect(try format("", .heic, alpha: true) == .png)
        #expect(try format("format=auto", .png) == .jpeg)
        #expect(try format("format=auto", .png, alpha: true) == .png)
        #expect(try format("format=auto", .jpeg, [.webp]) == .webp)
        #expect(try format("format=auto", .jpeg, [.webp, .avif]) == .avif)
        #expect(try format("format=auto", .jpeg, [.webp, .avif], side: 2000) == .webp)
        #expect(try format("format=png", .jpeg, [.webp, .avif]) == .png)
        #expect(try format("lossless=1&format=auto", .jpeg) == .png)
        #expect(throws: RecipeError.self) { try format("lossless=1", .jpeg) }
    }

    @Test func whatCannotBeMadeIsRefusedByName() {
        func parameter(_ query: String, _ width: Int, _ height: Int) -> String? {
            do throws(RecipeError) {
                _ = try Recipe(query: query).settled(for: .sample(width, height))
                return nil
            } catch { return error.parameter }
        }
        #expect(parameter("crop=400,0,10,10", 400, 300) == "crop")
        #expect(parameter("w=8192&h=8192&fit=pad", 400, 300) == "w")
        #expect(parameter("w=8000&h=8000&fit=outside&upscale=1", 400, 4) == "fit")
        #expect(parameter("w=4000&h=4000&fit=cover&gravity=smart&upscale=1", 30_000, 100) == "gravity")
    }

    /// Every combination over a few odd sizes: never outside the box, never beyond limits, proportions within half a pixel,
    /// and settling the canonical text changes nothing.
    @Test func sizesHoldForEveryCombination() throws {
        let originals = [(1, 1), (3, 5), (333, 517), (4032, 3024), (1, 16000), (16000, 3), (9999, 9999)]
        let sides: [Int?] = [nil, 1, 7, 64, 333, 1280, 8192]
        let limits = OutputLimits()
        for (width, height) in originals {
            for fit in Fit.allCases {
                for w in sides {
                    for h in sides {
                        for upscale in [false, true] {
                            for dpr in [1, 1.5, 4] {
                                var recipe = Recipe()
                                (recipe.width, recipe.height, recipe.fit) = (w, h, fit)
                                (recipe.allowsUpscale, recipe.dpr) = (upscale, dpr)
                                check(recipe, width, height, limits)
                            }
                        }
                    }
                }
            }
        }
    }

    private func check(_ recipe: Recipe, _ width: Int, _ height: Int, _ limits: OutputLimits) {
        let facts = PictureFacts.sample(width, height)
        let settled: SettledRecipe
        do throws(RecipeError) { settled = try recipe.settled(for: facts, limits: limits) } catch {
            // Only sizes beyond the limits may be refused here.
            let asked = Double(recipe.width ?? 8192) * recipe.dpr * Double(recipe.height ?? 8192) * recipe.dpr
            #expect(recipe.fit == .outside || asked > Double(limits.pixelCountMax), "\(recipe) of \(width)x\(height)")
            return
        }
        let size = settled.size
        let what: Comment = "\(recipe) of \(width)x\(height): \(size)"
        #expect(size.width >= 1 && size.height >= 1, what)
        #expect(size.width <= limits.sideMax && size.height <= limits.sideMax, what)
        #expect(size.pixelCount <= limits.pixelCountMax, what)
        let box = (
            w: recipe.width.map { min(8192, Double($0) * recipe.dpr) },
            h: recipe.height.map { min(8192, Double($0) * recipe.dpr) }
        )
        if recipe.fit != .outside {
            if let w = box.w { #expect(Double(size.width) <= w + 1, what) }
            if let h = box.h { #expect(Double(size.height) <= h + 1, what) }
        }
        if !recipe.allowsUpscale { #expect(!settled.isEnlarged, what) }
        let region = settled.crop?.size ?? facts.size
        if recipe.fit == .contain || recipe.fit == .outside {
            #expect(Self.keepsProportions(region, size), what)
        }
        if case .pad(let content, _) = settled.layout {
            #expect(Self.keepsProportions(region, content), what)
            #expect(content.width <= size.width && content.height <= size.height, what)
        }
        let again = try? Recipe(query: settled.text).settled(for: facts, limits: limits)
        if again != settled {
            Issue.record("\(what) settles to \(settled.text), and that to \(again?.text ?? "nothing")")
        }
        checkPlan(settled, facts, what)
    }

    /// One side follows from the other within half a pixel, or is the one pixel it can't be less than.
    private static func keepsProportions(_ whole: PixelSize, _ part: PixelSize) -> Bool {
        let fromWidth = Double(whole.height) * Double(part.width) / Double(whole.width)
        let fromHeight = Double(whole.width) * Double(part.height) / Double(whole.height)
        return abs(fromWidth - Double(part.height)) <= 0.5 || abs(fromHeight - Double(part.width)) <= 0.5
            || (part.height == 1 && fromWidth < 1) || (part.width == 1 && fromHeight < 1)
    }

    private func checkPlan(_ settled: SettledRecipe, _ facts: PictureFacts, _ what: Comment) {
        let plan = RenderPlan.make(settled, for: facts, from: .original)
        #expect(plan.size == settled.size, what)
        #expect(plan.source.left >= 0 && plan.source.left + plan.source.width <= plan.stored.width, what)
        #expect(plan.source.top >= 0 && plan.source.top + plan.source.height <= plan.stored.height, what)
        if plan.shrinkOnLoad > 1 {
            #expect(plan.source.width >= 2 * plan.resized.width * plan.shrinkOnLoad, what)
            #expect(plan.source.height >= 2 * plan.resized.height * plan.shrinkOnLoad, what)
        }
    }
}
