import AnysizeCore
import Testing

@Suite struct BlurHashTests {
    /// From an independent implementation in C, over `TestPicture`.
    static let cases = [
        BlurCase(width: 32, height: 24, x: 4, y: 3, text: "LkGb@p2xw#X9qoWZjuf8f+fRfQfQ"),
        BlurCase(width: 32, height: 24, x: 3, y: 4, text: "TkGb@p2xw#qoWZjuf+fRfQsqWrju"),
        BlurCase(width: 32, height: 24, x: 4, y: 4, text: "UkGb@p2xw#X9qoWZjuf8f+fRfQfQsqWrjufR"),
        BlurCase(width: 32, height: 24, x: 1, y: 1, text: "00Gb@p"),
        BlurCase(
            width: 32,
            height: 24,
            x: 9,
            y: 9,
            text: "|kGb@p2xw#X9a~ogWrogWrqoWZjuf8fRf8fRf8a}f+fRfQfQfQfQfPfQa|sqWrjufRfRjua|jua|e?fRfQf"
                + "8fkfQfPfQfQs;W=jufkfQjsa|jua|e?fRfQfQf6fQfQfQfQt7WqjufRfQfjfRfRfResfRfQfQfQf7fPfRfQ"
        ),
        BlurCase(width: 24, height: 32, x: 4, y: 3, text: "LjGSW22^sWbvmMWGjue?g3fkfQfk"),
        BlurCase(width: 24, height: 32, x: 3, y: 4, text: "TjGSW22^sWmMWGjug3fkfQn-Wqjt"),
        BlurCase(width: 24, height: 32, x: 4, y: 4, text: "UjGSW22^sWbvmMWGjue?g3fkfQfkn-WqjtfR"),
        BlurCase(width: 24, height: 32, x: 1, y: 1, text: "00GSW2"),
        BlurCase(width: 20, height: 20, x: 4, y: 3, text: "LiGSS{2_sXkXqpWGjujJf,fkfQfQ"),
        BlurCase(width: 20, height: 20, x: 3, y: 4, text: "TiGSS{2_sXqpWGjuf,fkfQsrWrju"),
        BlurCase(width: 20, height: 20, x: 4, y: 4, text: "UiGSS{2_sXkXqpWGjujJf,fkfQfQsrWrjufk"),
        BlurCase(width: 20, height: 20, x: 1, y: 1, text: "00GSS{"),
        BlurCase(width: 100, height: 9, x: 4, y: 3, text: "LoGuzX2fw#SivES6jua#erfRfQfQ"),
        BlurCase(width: 100, height: 9, x: 3, y: 4, text: "ToGuzX2fw#vES6juerfRfQxuSPju"),
        BlurCase(width: 100, height: 9, x: 4, y: 4, text: "UoGuzX2fw#SivES6jua#erfRfQfQxuSPjua}"),
        BlurCase(width: 100, height: 9, x: 1, y: 1, text: "00GuzX"),
        BlurCase(width: 64, height: 64, x: 4, y: 3, text: "LnGleU2wwzS$mLa%fRf8g2fRfQfQ"),
        BlurCase(width: 64, height: 64, x: 3, y: 4, text: "TnGleU2wwzmLa%fRg2fRfQnna}fQ"),
        BlurCase(width: 64, height: 64, x: 4, y: 4, text: "UnGleU2wwzS$mLa%fRf8g2fRfQfQnna}fQfQ"),
        BlurCase(width: 64, height: 64, x: 1, y: 1, text: "00GleU"),
    ]

    @Test(arguments: cases)
    func `Hashes are those of an independent implementation`(of case: BlurCase) {
        let picture = TestPicture(width: `case`.width, height: `case`.height, isTranslucent: false)
        #expect(picture.blurHash(`case`.x, `case`.y) == `case`.text)
    }

    @Test func `The length follows from the components`() {
        let picture = TestPicture(width: 12, height: 10, isTranslucent: true)
        for x in 1...9 {
            for y in 1...9 { #expect(picture.blurHash(x, y).utf8.count == 4 + 2 * x * y) }
        }
    }

    @Test(
        arguments: [
            (1_920, 1_080, 4, 3), (120, 100, 4, 3), (119, 100, 4, 4), (1, 1, 4, 4), (100, 119, 4, 4), (100, 120, 3, 4),
            (1, 65_535, 3, 4),
        ]
    )
    func `Components follow the shape`(width: Int, height: Int, x: Int, y: Int) {
        #expect(BlurHash.components(width: width, height: height) == (x, y))
    }

    @Test func `Transparency is laid over white`() {
        #expect(hashOfOne(pixel: [0, 0, 0, 0]) == hashOfOne(pixel: [255, 255, 255, 255]))
        #expect(hashOfOne(pixel: [0, 0, 0, 255]) == "000000")
    }

    @Test func `A tenth component is a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = BlurHash.encode(rgba: [0, 0, 0, 255], width: 1, height: 1, componentsX: 10, componentsY: 1)
        }
    }

    private func hashOfOne(pixel: [UInt8]) -> String {
        BlurHash.encode(rgba: pixel, width: 1, height: 1, componentsX: 1, componentsY: 1)
    }
}

/// A picture, the components asked for and the hash.
struct BlurCase: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var x: Int
    var y: Int
    var text: String

    var testDescription: String { "\(width)x\(height) by \(x)x\(y) components" }
}

extension TestPicture {
    fileprivate func blurHash(_ componentsX: Int, _ componentsY: Int) -> String {
        BlurHash.encode(rgba: rgba, width: width, height: height, componentsX: componentsX, componentsY: componentsY)
    }
}
