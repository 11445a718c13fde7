import AnysizeTesting
import Testing

@testable import AnysizeCore

@Suite struct TurnTests {
    @Test func twoOrientationsOneAfterTheOtherAreOne() {
        let size = PixelSize(width: 5, height: 3)
        for first in 1...8 {
            for second in 1...8 {
                let (one, two) = (Orientation(exif: first), Orientation(exif: second))
                let both = one.followed(by: two)
                // `applied` leads from one size to the other either way.
                let middle = one.applied(to: size)
                let turned = two.applied(to: middle)
                #expect(both.applied(to: size) == turned)
                for x in 0..<turned.width {
                    for y in 0..<turned.height {
                        let pixel = PixelRect(left: x, top: y, width: 1, height: 1)
                        let inSteps = one.stored(two.stored(pixel, upright: turned), upright: middle)
                        #expect(both.stored(pixel, upright: turned) == inSteps, "\(first), then \(second)")
                    }
                }
            }
        }
    }

    @Test func everyTurnIsQuartersAndASmallRest() {
        for centidegrees in stride(from: -36_000, through: 36_000, by: 50) {
            for flip in [nil] + Flip.allCases.map(Optional.some) {
                let turn = Turn(centidegrees: centidegrees, flip: flip)
                #expect((0..<36_000).contains(turn.centidegrees))
                #expect((-45...45).contains(turn.tilt))
                #expect(turn.isTilted == (turn.tilt != 0))
                let whole = Double(turn.quarters.degrees) + turn.tilt * (turn.isMirrored ? -1 : 1)
                let difference = (whole - Double(turn.centidegrees) / 100).truncatingRemainder(dividingBy: 360)
                #expect(abs(difference) < 1e-9 || abs(abs(difference) - 360) < 1e-9)
            }
        }
    }

    @Test func aTiltedPictureHasTheSmallestCanvasAroundIt() {
        let size = PixelSize(width: 400, height: 300)
        #expect(Turn(centidegrees: 0, flip: nil).size(of: size) == size)
        #expect(Turn(centidegrees: 9000, flip: .both).size(of: size) == size.transposed)
        #expect(Turn(centidegrees: 3000, flip: nil).size(of: size) == PixelSize(width: 497, height: 460))
        #expect(Turn(centidegrees: 33_000, flip: .horizontal).size(of: size) == PixelSize(width: 497, height: 460))
        #expect(Turn(centidegrees: 12_000, flip: nil).size(of: size) == PixelSize(width: 460, height: 497))
        #expect(Turn(centidegrees: 4500, flip: nil).size(of: size) == PixelSize(width: 495, height: 495))
    }

    struct Case: CustomTestStringConvertible {
        let query: String
        let text: String
        var testDescription: String { "?\(query)" }
        init(_ query: String, _ text: String) { (self.query, self.text) = (query, text) }
    }

    /// Of a JPEG of 400 by 300.
    @Test(arguments: [
        // Boxes are of the turned picture; crops are of the picture before.
        Case("w=150&rotate=90", "fit=stretch&format=jpeg&h=200&rotate=90&w=150"),
        Case("w=200&rotate=180", "fit=stretch&format=jpeg&h=150&rotate=180&w=200"),
        Case("w=200&rotate=360", "fit=stretch&format=jpeg&h=150&w=200"),
        Case("w=150&rotate=-90", "fit=stretch&format=jpeg&h=200&rotate=270&w=150"),
        Case(
            "w=100&h=100&fit=cover&g=north&rotate=90",
            "crop=0,0,300,300&fit=stretch&format=jpeg&h=100&rotate=90&w=100"),
        Case(
            "w=100&h=100&fit=cover&g=south&rotate=90&flip=h",
            "crop=100,0,300,300&fit=stretch&flip=h&format=jpeg&h=100&rotate=90&w=100"),
        Case(
            "w=100&h=100&fit=cover&g=smart&rotate=90",
            "fit=cover&format=jpeg&gravity=smart&h=100&rotate=90&w=100"),
        // One picture has one name.
        Case("w=200&flip=v", "fit=stretch&flip=h&format=jpeg&h=150&rotate=180&w=200"),
        Case("w=200&flip=h&rotate=180", "fit=stretch&flip=h&format=jpeg&h=150&rotate=180&w=200"),
        Case("w=200&flip=hv", "fit=stretch&format=jpeg&h=150&rotate=180&w=200"),
        Case("w=200&flip=v&rotate=180", "fit=stretch&flip=h&format=jpeg&h=150&w=200"),
        // Other angles take a larger canvas, and have no upright part to crop.
        Case("rotate=30", "fit=stretch&format=jpeg&h=460&rotate=30&w=497"),
        Case("w=100&rotate=30.004", "fit=stretch&format=jpeg&h=93&rotate=30&w=100"),
        Case("w=100&h=100&fit=cover&rotate=0.5", "fit=cover&format=jpeg&h=100&rotate=0.5&w=100"),
        Case(
            "w=100&h=50&fit=cover&rotate=12.25&fp=0.1,0.33333",
            "fit=cover&format=jpeg&fp=0.1,0.3333&h=50&rotate=12.25&w=100"),
        Case(
            "w=100&h=50&fit=cover&rotate=5&g=south&bg=red",
            "bg=ff0000&fit=cover&format=jpeg&gravity=south&h=50&rotate=5&w=100"),
        // Outlines are of the result.
        Case("w=100&radius=10", "fit=stretch&format=jpeg&h=75&radius=10&w=100"),
        Case("w=50&dpr=2&radius=10,0,5,1", "fit=stretch&format=jpeg&h=75&radius=20,0,10,2&w=100"),
        Case("w=100&radius=8000", "fit=stretch&format=jpeg&h=75&radius=37&w=100"),
        Case("w=100&radius=0", "fit=stretch&format=jpeg&h=75&w=100"),
        Case("w=100&mask=circle", "fit=stretch&format=jpeg&h=75&mask=circle&w=100"),
        Case("w=100&mask=ellipse&bg=white", "fit=stretch&format=jpeg&h=75&mask=ellipse&w=100"),
        Case(
            "w=100&h=100&fit=cover&mask=ellipse&bg=0f0",
            "bg=00ff00&crop=50,0,300,300&fit=stretch&format=jpeg&h=100&mask=circle&w=100"),
        // Corners without a colour are clear, where the format can show it.
        Case("w=100&mask=circle&format=auto", "fit=stretch&format=png&h=75&mask=circle&w=100"),
        Case("w=100&mask=circle&format=auto&bg=red", "bg=ff0000&fit=stretch&format=jpeg&h=75&mask=circle&w=100"),
        Case("w=100&rotate=1&format=png&bg=%23fff0", "fit=stretch&format=png&h=76&rotate=1&w=100"),
        Case("w=100&radius=9&format=png&bg=fff", "bg=ffffff&fit=stretch&format=png&h=75&radius=9&w=100"),
    ])
    func settlesTo(_ test: Case) throws {
        let facts = PictureFacts.sample(400, 300)
        let settled = try Recipe(query: test.query).settled(for: facts)
        #expect(Set(settled.text.split(separator: "&")) == Set(test.text.split(separator: "&")))
        #expect(try Recipe(query: settled.text).settled(for: facts) == settled)
    }

    @Test(arguments: [
        Case("rot=180", "rotate=180"), Case("or=90", "rotate=90"), Case("ro=-90", "rotate=270"), Case("flop", "flip=h"),
        Case("flip", "flip=v"), Case("flop=1", "flip=h"), Case("flip=vh", "flip=hv"),
        Case("rotate=12.504", "rotate=12.5"),
        Case("corner-radius=5", "radius=5"), Case("mask=corners&corner-radius=5,6,7,8", "radius=5,6,7,8"),
        Case("flip&rotate=180", "flip=h"), Case("radius=5,5,5,5", "radius=5"), Case("rotate=0", ""),
    ])
    func aliasesFold(_ test: Case) throws {
        #expect(try Recipe(query: test.query) == Recipe(query: test.text))
    }

    @Test(arguments: [
        Case("rotate=361", "rotate"), Case("rotate=left", "rotate"), Case("rotate=--5", "rotate"),
        Case("rotate=", "rotate"),
        Case("rotate", "rotate"), Case("rot=90", "rot"), Case("rot=5", "rot"), Case("or=6", "or"), Case("or=0", "or"),
        Case("flip=x", "flip"), Case("flop=h", "flop"), Case("flip&flop", "flop"), Case("flip&rotate=90", "flip"),
        Case("radius=-1", "radius"), Case("radius=1,2", "radius"), Case("radius=8193", "radius"),
        Case("radius=1.5", "radius"),
        Case("radius=1,,2,3", "radius"), Case("mask=corners", "mask"), Case("mask=star", "mask"),
        Case("mask=circle&radius=5", "mask"), Case("mask=circle&mask=circle", "mask"), Case("rotate=1&rot=180", "rot"),
    ])
    func faultsNameTheirParameter(_ test: Case) {
        #expect {
            try Recipe(query: test.query)
        } throws: { error in
            (error as? RecipeError)?.parameter == test.text
        }
    }

    @Test func aTurnedPictureTooLargeOnItsWayIsRefused() {
        #expect(throws: RecipeError.self) {
            try Recipe(query: "rotate=45&w=8192&h=100&fit=stretch&upscale=1").settled(for: .sample(400, 300))
        }
    }
}
