import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeCore

@Suite struct AdjustmentsTests {
    struct Spelling: CustomTestStringConvertible {
        let query: String
        let text: String
        var testDescription: String { "?\(query) is \(text)" }

        init(_ query: String, _ text: String) {
            self.query = query
            self.text = text
        }
    }

    private func parts(_ query: String, isGray: Bool = false) throws -> String {
        let facts = PictureFacts.sample(400, 300, isGray: isGray)
        let settled = try Recipe(query: query).settled(for: facts)
        #expect(try Recipe(query: settled.text).settled(for: facts) == settled, "?\(settled.text)")
        #expect(settled.text.split(separator: "&").sorted().joined(separator: "&") == settled.text)
        return settled.adjustments.parts.joined(separator: "&")
    }

    @Test(arguments: [
        Spelling("brightness=20", "bri=20"), Spelling("bri=-100", "bri=-100"),
        Spelling("contrast=-7", "con=-7"), Spelling("con=100", "con=100"),
        Spelling("saturation=100", "sat=100"), Spelling("sat=-100", "sat=-100"),
        Spelling("hue=90", "hue=90"), Spelling("hue-shift=-90", "hue=270"), Spelling("gamma=2.2", "gamma=2.2"),
        Spelling("grayscale=1", "grayscale=1"), Spelling("greyscale=true", "grayscale=1"),
        Spelling("tint=f00", "tint=ff0000"), Spelling("monochrome=navy", "tint=000080"),
        Spelling("tint=%23ff000080", "tint=%23ff000080"), Spelling("monochrome=rgba(255,0,0,.5)", "tint=%23ff000080"),
        Spelling("invert=true", "invert=1"), Spelling("blur=5", "blur=5"),
        Spelling("bl=0.5", "blur=0.5"), Spelling("sharpen=30", "sharp=30"), Spelling("sharp=4", "sharp=4"),
        Spelling("pixelate=8", "pixelate=8"), Spelling("px=100", "pixelate=100"), Spelling("pix=2", "pixelate=2"),
        Spelling("filt=greyscale", "grayscale=1"), Spelling("filt=negate", "invert=1"),
        Spelling("filt=sepia", "tint=a07850"), Spelling("mod=1.2", "bri=20"),
        Spelling("mod=1,0.5", "sat=-50"), Spelling("mod=0.75,2,-30", "bri=-25&hue=330&sat=100"),
        // What changes nothing is gone.
        Spelling("bri=0&con=0&sat=0&hue=0&gamma=1&grayscale=0&invert=0&blur=0&sharpen=0&pixelate=0", ""),
        Spelling("pixelate=1&tint=transparent&mod=1,1,360", ""),
        // Lengths grow with dpr; what becomes too short to be seen is gone.
        Spelling("blur=5&pixelate=6&dpr=2", "blur=10&pixelate=12"), Spelling("blur=0.3&pixelate=2&dpr=0.5", ""),
        Spelling("blur=1000&pixelate=1000&dpr=4", "blur=1000&pixelate=1000"), Spelling("blur=0.333&dpr=1", "blur=0.33"),
        Spelling("sharpen=20&dpr=3", "sharp=20"),
    ])
    func settlesTo(_ spelling: Spelling) throws {
        #expect(try parts(spelling.query) == spelling.text)
    }

    @Test func grayHasNoHuesToChange() throws {
        #expect(try parts("sat=50&hue=20&grayscale=1&bri=5", isGray: true) == "bri=5")
        #expect(try parts("grayscale=1&tint=red", isGray: true) == "tint=ff0000")
    }

    @Test(arguments: [
        "brightness=101", "brightness=-101", "brightness=1.5", "bri=+5", "bri=05", "bri=-", "bri=--5", "con=1e1",
        "contrast=0.5", "brightness=1", "contrast=2", "saturation=0", "saturation=1", "tint=ff000080", "tint=f008",
        "saturation=1.0", "sat=two", "hue=361", "hue=-361", "hue=9.5", "gamma=0", "gamma=0.05",
        "gamma=11", "gamma=-1", "gam=2", "gam=-50", "sh=1", "grayscale=2", "tint=12", "tint=", "monochrome=ff000080",
        "monochrome=f008", "invert=yes", "blur=0.2", "blur=1001", "blur=2000", "blur=-1", "blur=NaN", "sharpen=101",
        "sharpen=4",
        "sharpen=-1", "sharpen=0.7", "sharp=1.5", "pixelate=1001", "px=1.5", "px=-2", "filt=duotone", "filt=blur",
        "mod=3", "mod=1.005", "mod=1,1,1,1", "mod=,1", "mod=1,2.1", "mod=1,1,400", "mod=,",
    ])
    func faultsNameTheirParameterAndWhatWouldBeRight(_ query: String) {
        #expect {
            try Recipe(query: query)
        } throws: { error in
            let error = error as? RecipeError
            return error?.parameter == query.split(separator: "=").first.map(String.init)
                && error?.detail.hasSuffix(".") == true
        }
    }

    @Test(arguments: [
        "bri=1&brightness=1", "sharp=1&sharpen=1", "px=2&pix=2", "filt=greyscale&grayscale=1", "filt=negate&invert=0",
        "filt=sepia&monochrome=red", "mod=1.1&bri=5", "mod=1,1,5&hue=3",
    ])
    func oneThingIsSaidOnce(_ query: String) {
        #expect(throws: RecipeError.self) { try Recipe(query: query) }
    }

    @Test func adjustmentsAreInTheKeyAndInTheCost() throws {
        let facts = PictureFacts.sample(4000, 3000)
        func plan(_ query: String) throws -> RenderPlan {
            .make(try Recipe(query: query).settled(for: facts), for: facts, from: .original)
        }
        let plain = try plan("w=1000")
        #expect(plain.adjustments.isNone)
        for part in ["bri=5", "blur=3", "blur=300", "sharp=5", "pixelate=9"] {
            let adjusted = try plan("w=1000&\(part)")
            #expect(RenderCost.nominalSeconds(of: adjusted) > RenderCost.nominalSeconds(of: plain), "\(part)")
        }
        let digest = Digest(of: .init(string: "cat"))
        let keys = try ["w=9", "w=9&bri=1", "w=9&bri=2", "w=9&tint=red", "w=9&blur=1"].map { query in
            VariantKey(original: digest, recipe: try Recipe(query: query).settled(for: facts), source: .original)
        }
        #expect(Set(keys).count == keys.count)
    }
}
