import AnysizeTesting
import Testing

@testable import AnysizeCore

/// What is left is only known from the pixels; all that follows from it is arithmetic.
@Suite struct TrimTests {
    struct Case: CustomTestStringConvertible {
        let query: String
        let text: String
        var testDescription: String { "?\(query)" }
        init(_ query: String, _ text: String) { (self.query, self.text) = (query, text) }
    }

    /// The name holds what was asked, of a JPEG of 400 by 300.
    @Test(arguments: [
        Case("trim=5", "format=jpeg&trim=5"),
        Case("trim=auto&w=100&dpr=2", "format=jpeg&trim=10&w=200"),
        Case("trim=0&w=100&h=100&fit=cover&fp=0.2,0.3", "fit=cover&format=jpeg&fp=0.2,0.3&h=100&trim=0&w=100"),
        Case("trim=0&w=100&fit=cover&g=north", "format=jpeg&trim=0&w=100"),
        Case("trim=0&w=90&ar=3:1&fit=pad&bg=red", "bg=ff0000&fit=pad&format=jpeg&h=30&trim=0&w=90"),
        Case("trim=0&crop=10,10,100,100&upscale=1", "crop=10,10,100,100&format=jpeg&trim=0"),
        Case("trim=3&radius=9&dpr=2&rotate=90", "format=jpeg&radius=18&rotate=90&trim=3"),
        Case("trim=3&w=9&h=9&fit=cover&fp-z=2.5", "fit=cover&format=jpeg&fp-z=2.5&h=9&trim=3&w=9"),
        Case("trim=3&overlay=logo", "format=jpeg&overlay=logo&trim=3"),
        Case(
            "trim=3&w=50&dpr=2&overlay=logo",
            "format=jpeg&overlay=logo&overlay-h=100&overlay-padding=20&overlay-w=160&trim=3&w=100"
        ),
        Case(
            "trim=3&mark=logo&mark-scale=33.333333&mark-x=0.1&mark-align=top,left&mark-alpha=40",
            "format=jpeg&overlay=logo&overlay-gravity=northwest&overlay-opacity=40&overlay-w=33.3333%25&overlay-x=10%25&trim=3"
        ),
        Case("trim=3&overlay=logo&overlay-opacity=0", "format=jpeg&trim=3"),
        Case(
            "trim=3&dpr=2&text=a%20b&txt-size=20&text-w=50%&text-opacity=50",
            "format=jpeg&text=a%20b&text-color=%2300000080&text-padding=20&text-size=40&text-w=50%25&trim=3"),
    ])
    func theNameHoldsWhatWasAsked(_ test: Case) throws {
        let facts = PictureFacts.sample(400, 300)
        let logo = PictureFacts.sample(80, 50)
        let settled = try Recipe(query: test.query).settled(for: facts, overlay: logo)
        #expect(Set(settled.text.split(separator: "&")) == Set(test.text.split(separator: "&")))
        #expect(try Recipe(query: settled.text).settled(for: facts, overlay: logo) == settled)
        #expect(Pyramid().source(of: settled, for: facts) == .original)
    }

    /// Once the borders are known, it is the recipe that asks for their inside as a crop.
    @Test(arguments: [
        "", "w=50", "w=50&h=50&fit=cover&g=east", "w=50&h=50&fit=pad&bg=0f0", "w=100&rotate=90", "w=99&rotate=12.5",
        "w=40&h=90&fit=stretch", "w=500&h=500&upscale=1&fit=outside", "radius=40&w=30",
        "mask=ellipse&w=20&h=20&fit=cover",
        "w=50&h=50&fit=cover&fp=0.1,0.1&fp-z=2&flip=h", "w=100&overlay=logo", "overlay=logo&overlay-w=25%&dpr=2&h=30",
        "overlay=logo&overlay-h=0.5&overlay-x=33.3%&overlay-y=3&w=90", "w=150&dpr=1.5&overlay=logo&overlay-padding=3",
        "w=150&text=Hi&text-w=50%&dpr=1.5&text-x=3",
        "text=Hi&overlay=logo&text-size=9&text-gravity=north&upscale=1&w=500",
    ])
    func theRestIsSettledByTheSameArithmetic(_ query: String) throws {
        let facts = PictureFacts.sample(400, 300)
        let rest = PixelRect(left: 20, top: 30, width: 201, height: 99)
        let logo = PictureFacts.sample(80, 50)
        let trimmed = try Recipe(query: "trim=1&\(query)").settled(for: facts, overlay: logo)
            .trimmed(to: rest, of: facts.size)
        let cropped = try Recipe(query: "crop=20,30,201,99&\(query)").settled(for: facts, overlay: logo)
        #expect(trimmed == cropped)
    }

    @Test func theRestIsFoundWhateverTheOrientation() throws {
        let rest = PixelRect(left: 20, top: 30, width: 201, height: 99)
        for exif in 1...8 {
            let facts = PictureFacts.sample(400, 300, orientation: exif)
            let orientation = Orientation(exif: exif)
            let plan = RenderPlan.make(try Recipe(query: "trim=1").settled(for: facts), for: facts, from: .original)
            let stored = orientation.stored(rest, upright: facts.size)
            #expect(plan.trimmed(to: stored)?.source == stored)
            #expect(plan.trimmed(to: stored)?.size == rest.size)
            #expect(orientation.followed(by: orientation.inverse).isUpright)
            #expect(
                plan.trim?.corner
                    == orientation.stored(PixelRect(left: 0, top: 0, width: 1, height: 1), upright: facts.size))
        }
    }

    @Test func whereTheRestCannotBeHadNothingComesOff() throws {
        let facts = PictureFacts.sample(400, 300)
        let settled = try Recipe(query: "trim=1&w=4000&h=4000&fit=outside&upscale=1").settled(for: facts)
        let trimmed = settled.trimmed(to: PixelRect(left: 0, top: 0, width: 400, height: 2), of: facts.size)
        #expect(trimmed.size == settled.size)
        #expect(trimmed.trim == nil)
    }
}
