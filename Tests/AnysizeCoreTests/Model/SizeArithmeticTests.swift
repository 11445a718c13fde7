import AnysizeTesting
import Testing

@testable import AnysizeCore

/// Every combination of what decides sizes, over a few odd originals.
@Suite struct SizeArithmeticTests {
    private static let sides: [Int?] = [nil, 1, 7, 64, 501, 8192]
    private static let limits = OutputLimits()

    @Test(arguments: [
        PixelSize(width: 333, height: 517), PixelSize(width: 3, height: 5), PixelSize(width: 4031, height: 1),
    ])
    func sizesHold(of original: PixelSize) {
        for crop in [nil, CropRect(left: .percent(10), top: .pixels(0), width: .percent(33.3), height: .percent(100))] {
            for degrees in [0, 90, 180, 270] {
                for fit in Fit.allCases {
                    for upscale in [false, true] {
                        for dpr in [1, 1.5] {
                            var recipe = Recipe()
                            recipe.crop = crop
                            recipe.turn = Turn(centidegrees: degrees * 100, flip: degrees == 90 ? .horizontal : nil)
                            (recipe.fit, recipe.allowsUpscale, recipe.dpr) = (fit, upscale, dpr)
                            checkBoxes(recipe, original)
                        }
                    }
                }
            }
        }
    }

    private func checkBoxes(_ asked: Recipe, _ original: PixelSize) {
        var recipe = asked
        for width in Self.sides {
            for height in Self.sides {
                (recipe.width, recipe.height, recipe.aspectRatio) = (width, height, nil)
                check(recipe, original)
                guard (width == nil) != (height == nil), recipe.fit == .cover || recipe.fit == .pad else { continue }
                recipe.aspectRatio = 1.6
                check(recipe, original)
            }
        }
    }

    private func check(_ recipe: Recipe, _ original: PixelSize) {
        let facts = PictureFacts.sample(original.width, original.height)
        guard let settled = try? recipe.settled(for: facts, limits: Self.limits) else {
            let asked = Double(recipe.width ?? 8192) * recipe.dpr * Double(recipe.height ?? 8192) * recipe.dpr
            // Only sizes beyond the limits may be refused here.
            #expect(recipe.fit == .outside || asked > Double(Self.limits.pixelCountMax), "\(recipe)")
            return
        }
        var faults: [String] = []
        let size = settled.size
        func expect(_ holds: Bool, _ rule: String) { if !holds { faults.append(rule) } }
        expect(size.width >= 1 && size.height >= 1, "is a size")
        expect(max(size.width, size.height) <= Self.limits.sideMax, "has no side above the limit")
        expect(size.pixelCount <= Self.limits.pixelCountMax, "has no more pixels than the limit")
        let box = Self.box(of: recipe)
        if recipe.fit != .outside {
            expect(size.width <= box.width ?? .max && size.height <= box.height ?? .max, "is inside the box")
        }
        let region = settled.crop?.size ?? facts.size
        let natural = recipe.turn.size(of: region)
        if !recipe.allowsUpscale { expect(!settled.isEnlarged, "is not enlarged") }
        switch settled.layout {
        case .pad(let content, _):
            expect(Self.keepsProportions(natural, content), "keeps proportions")
            expect(content.width <= size.width && content.height <= size.height, "is inside its canvas")
        case .fill where recipe.fit != .stretch: expect(Self.keepsProportions(natural, size), "keeps proportions")
        case .fill: break
        case .smartCover, .cut: expect(false, "is cut by arithmetic")
        }
        let again = try? Recipe(query: settled.text).settled(for: facts, limits: Self.limits)
        expect(again == settled, "settles to itself")
        for orientation in 1...8 { checkPlan(settled, original, orientation, expect) }
        #expect(faults == [], "\(recipe) of \(original) is \(settled.text)")
    }

    /// Each step's size follows from the one before, and the last is the planned one.
    private func checkPlan(
        _ settled: SettledRecipe, _ original: PixelSize, _ orientation: Int, _ expect: (Bool, String) -> Void
    ) {
        let facts = PictureFacts.sample(original.width, original.height, orientation: orientation)
        let plan = RenderPlan.make(settled, for: facts, from: .original)
        expect(
            plan.source.left >= 0 && plan.source.left + plan.source.width <= plan.stored.width, "reads what is there")
        expect(
            plan.source.top >= 0 && plan.source.top + plan.source.height <= plan.stored.height, "reads what is there")
        expect(
            plan.shrinkOnLoad == 1 || plan.source.width >= 2 * plan.resized.width * plan.shrinkOnLoad, "leaves a half")
        let turned = plan.orientation.applied(to: plan.resized)
        if let canvas = plan.canvas {
            expect(canvas.left >= 0 && canvas.left + turned.width <= canvas.size.width, "is on its canvas")
            expect(canvas.top >= 0 && canvas.top + turned.height <= canvas.size.height, "is on its canvas")
            expect(canvas.size == settled.size, "has the planned size")
        } else {
            expect(turned == settled.size, "has the planned size")
        }
    }

    /// In device pixels; sides that weren't asked for are nil.
    private static func box(of recipe: Recipe) -> (width: Int?, height: Int?) {
        var width = recipe.width.map(Double.init)
        var height = recipe.height.map(Double.init)
        if let ratio = recipe.aspectRatio {
            if let known = width { height = known / ratio } else if let known = height { width = known * ratio }
        }
        func device(_ side: Double?) -> Int? { side.map { min(8192, max(1, Int(($0 * recipe.dpr).rounded()))) } }
        return (device(width), device(height))
    }

    /// One side follows from the other within half a pixel, of either picture, or is the one pixel it can't be less than.
    private static func keepsProportions(_ whole: PixelSize, _ part: PixelSize) -> Bool {
        let across = Double(whole.height) * Double(part.width) / Double(whole.width)
        let down = Double(whole.width) * Double(part.height) / Double(whole.height)
        let acrossWhole = Double(part.height) * Double(whole.width) / Double(part.width)
        let downWhole = Double(part.width) * Double(whole.height) / Double(part.height)
        return abs(across - Double(part.height)) <= 0.5 || abs(down - Double(part.width)) <= 0.5
            || abs(acrossWhole - Double(whole.height)) <= 0.5 || abs(downWhole - Double(whole.width)) <= 0.5
            || (part.height == 1 && across < 1) || (part.width == 1 && down < 1)
            || (whole.height == 1 && acrossWhole < 1) || (whole.width == 1 && downWhole < 1)
    }

    @Test func aCloserLookIsACropAroundThePoint() throws {
        func text(_ query: String) throws -> String { try Recipe(query: query).settled(for: .sample(400, 300)).text }
        let box = "fit=cover&w=100&h=100"
        #expect(try text("\(box)&fp-z=1") == text(box))
        #expect(try text("\(box)&fp-z=2") == "crop=125,75,150,150&fit=stretch&format=jpeg&h=100&w=100")
        #expect(try text("\(box)&fp-z=2&fp=0,0") == "crop=0,0,150,150&fit=stretch&format=jpeg&h=100&w=100")
        #expect(
            try text("\(box)&fp-z=2&fp=0.5,1&rotate=180")
                == "crop=125,0,150,150&fit=stretch&format=jpeg&h=100&rotate=180&w=100")
        // No closer than the pixels go, unless enlarging is allowed.
        #expect(try text("\(box)&fp-z=10") == "crop=185,135,30,30&fit=stretch&format=jpeg&h=30&w=30")
        #expect(
            try text("\(box)&fp-z=10&upscale=1") == "crop=185,135,30,30&fit=stretch&format=jpeg&h=100&upscale=1&w=100")
    }
}
