import AnysizeCore
import AnysizeTesting
import Testing

/// `frame`: which part of an animation a result shows.
@Suite struct FrameTests {
    @Test func aliasesFoldIntoOneRecipe() throws {
    }

    @Test(arguments: ["frame=0", "frame=-1", "frame=1.5", "frame=first", "frame=100001", "frame=01"])
    func otherValuesAreRefusedByName(_ query: String) {
        #expect(query.hasPrefix(parameter(query) ?? "nothing"))
    }

    @Test func countingFromZeroIsTold() {
        let message = #expect(throws: RecipeError.self) { try Recipe(query: "frame=0") }
        #expect(message?.detail.contains("counted from 1") == true)
    }

    @Test(arguments: ["jpeg", "png", "avif"]) func allFramesNeedAFormatThatHasThem(_ format: String) {
        #expect(parameter("frame=all&format=\(format)") == "frame")
    }

    struct Case: CustomTestStringConvertible {
        let query: String
        let original: ImageFormat
        let pages: Int
        let text: String
        let frames: Int
        var testDescription: String { "\(pages) pages of \(original) ?\(query)" }

        init(_ query: String, _ original: ImageFormat, _ pages: Int, _ text: String, frames: Int) {
            self.query = query
            self.original = original
            self.pages = pages
            self.text = text
            self.frames = frames
        }
    }

    @Test(arguments: [
        Case("", .gif, 5, "fit=stretch&format=gif&h=80&w=120", frames: 5),
        Case("frame=all", .gif, 5, "fit=stretch&format=gif&h=80&w=120", frames: 5),
        Case("format=webp", .gif, 5, "fit=stretch&format=webp&h=80&w=120", frames: 5),
        Case("format=gif", .webp, 5, "fit=stretch&format=gif&h=80&w=120", frames: 5),
        Case("format=png", .gif, 5, "fit=stretch&format=png&h=80&w=120", frames: 1),
        Case("frame=1", .gif, 5, "fit=stretch&format=gif&frame=1&h=80&w=120", frames: 1),
        Case("frame=1&format=png", .gif, 5, "fit=stretch&format=png&h=80&w=120", frames: 1),
        Case("frame=4&format=png", .gif, 5, "fit=stretch&format=png&frame=4&h=80&w=120", frames: 1),
        Case("frame=all&format=auto", .gif, 5, "fit=stretch&format=gif&h=80&w=120", frames: 5),
        Case("", .gif, 1, "fit=stretch&format=gif&h=80&w=120", frames: 1),
        Case("frame=1", .gif, 1, "fit=stretch&format=gif&h=80&w=120", frames: 1),
        Case("frame=all", .gif, 1, "fit=stretch&format=gif&h=80&w=120", frames: 1),
        Case("frame=all", .jpeg, 1, "fit=stretch&format=jpeg&h=80&w=120", frames: 1),
        Case("format=webp", .png, 1, "fit=stretch&format=webp&h=80&w=120", frames: 1),
    ])
    func settlesTo(_ test: Case) throws {
        let facts = PictureFacts.sample(120, 80, format: test.original, pageCount: test.pages)
        let settled = try Recipe(query: test.query).settled(for: facts)
        #expect(settled.text == test.text)
        #expect(settled.frameCount == test.frames)
        #expect(try Recipe(query: settled.text).settled(for: facts) == settled)
    }

    @Test func anAnimationStaysOneWhateverIsAccepted() throws {
        func format(_ query: String, _ accepted: AcceptedFormats) throws -> ImageFormat {
            try Recipe(query: query).settled(
                for: .sample(120, 80, format: .gif, pageCount: 5), accepting: accepted
            ).format
        }
        #expect(try format("format=auto", [.avif, .webp]) == .webp)
        #expect(try format("format=auto", [.avif]) == .gif)
        #expect(try format("format=auto", []) == .gif)
        #expect(try format("format=auto&lossless=1", []) == .png)
        #expect(try format("format=auto&frame=1", [.avif, .webp]) == .avif)
        #expect(try format("format=auto&frame=1", []) == .jpeg)
        #expect(try format("format=auto&frame=2", []) == .png, "another frame may be transparent")
    }

    @Test func aFrameThatIsNotThereIsToldWithTheirNumber() {
        for query in ["frame=6", "frame=6&format=png"] {
            let error = #expect(throws: RecipeError.self) {
                try Recipe(query: query).settled(for: .sample(120, 80, format: .gif, pageCount: 5))
            }
            #expect(error?.parameter == "frame")
            #expect(error?.detail.contains("has 5") == true)
        }
        #expect(throws: RecipeError.self) { try Recipe(query: "frame=2").settled(for: .sample(120, 80)) }
    }

    @Test func allFramesTogetherAreWithinTheLimitOfPixels() throws {
        let facts = PictureFacts.sample(1000, 1000, format: .gif, pageCount: 100)
        let limits = OutputLimits(pixelCountMax: 40_000_000)
        let whole = try Recipe(query: "").settled(for: facts, limits: limits)
        #expect(whole.size.pixelCount * 100 <= 40_000_000)
        #expect(whole.size.width >= 630, "what nobody asked to be this large is made smaller, and no more than needed")
        #expect(throws: RecipeError.self) { try Recipe(query: "w=640").settled(for: facts, limits: limits) }
        #expect(try Recipe(query: "w=630").settled(for: facts, limits: limits).size.width == 630)
        #expect(try Recipe(query: "frame=1").settled(for: facts, limits: limits).size.width == 1000)
        #expect(try Recipe(query: "format=webp&w=1000&h=1000&frame=7").settled(for: facts, limits: limits).frame == 7)
    }

    @Test func onlyTheFirstFrameHasLevels() throws {
        func source(_ query: String) throws -> RenderSource {
            let facts = PictureFacts.sample(1200, 800, format: .gif, pageCount: 5)
            return Pyramid().source(of: try Recipe(query: query).settled(for: facts), for: facts)
        }
        #expect(try source("w=100") == .original)
        #expect(try source("w=100&frame=2") == .original)
        #expect(try source("w=100&format=jpeg&frame=2") == .original)
        #expect(try source("w=100&frame=1") != .original)
        #expect(try source("w=100&format=jpeg") != .original)
    }

    @Test func everyFrameCosts() throws {
        func seconds(_ query: String, pages: Int = 100) throws -> Double {
            let facts = PictureFacts.sample(400, 300, format: .webp, pageCount: pages)
            let recipe = try Recipe(query: query).settled(for: facts)
            return RenderCost().seconds(of: RenderPlan.make(recipe, for: facts, from: .original))
        }
        #expect(try seconds("w=100") > 50 * seconds("w=100&frame=1"))
        #expect(try seconds("w=100") > 1.5 * seconds("w=100", pages: 50))
        #expect(try seconds("w=100&frame=100") > 5 * seconds("w=100&frame=1"), "those before it are decoded as well")
    }

    private func parameter(_ query: String) -> String? {
        do throws(RecipeError) {
            _ = try Recipe(query: query)
            return nil
        } catch { return error.parameter }
    }
}
