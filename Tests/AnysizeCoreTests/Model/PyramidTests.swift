import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite struct PyramidTests {
    private let pyramid = Pyramid()

    @Test func `A photograph of a phone has four levels, each half of the one before`() {
        let sizes = pyramid.levels(of: PixelSize(width: 4032, height: 3024)).map(\.size)
        #expect(
            sizes == [
                PixelSize(width: 2016, height: 1512), PixelSize(width: 1008, height: 756),
                PixelSize(width: 504, height: 378), PixelSize(width: 252, height: 189),
            ])
    }

    @Test(arguments: [(1, 1), (16, 8), (300, 200), (318, 318)])
    func `A small original's one level is its full size`(width: Int, height: Int) {
        let levels = pyramid.levels(of: PixelSize(width: width, height: height))
        #expect(levels.map(\.index) == [0])
        #expect(levels.first?.size == PixelSize(width: width, height: height))
    }

    @Test func `Levels stay within the setting, and there is always one`() {
        for width in [1, 159, 160, 320, 2047, 2048, 2049, 4097, 32_767] {
            for height in [1, 2, 500, 2048, 2049, 32_767] {
                for sideMax in [256, 2048, 8192] {
                    let levels = Pyramid(sideMax: sideMax).levels(of: PixelSize(width: width, height: height))
                    #expect(!levels.isEmpty)
                    for level in levels {
                        #expect(max(level.size.width, level.size.height) <= sideMax)
                        #expect(level.size.width >= 1 && level.size.height >= 1)
                    }
                    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1.index == $0.index + 1 })
                }
            }
        }
    }

    @Test(arguments: [
        ("w=64", "level-4"), ("w=207", "level-4"), ("w=211", "level-3"), ("w=320", "level-3"), ("w=420", "level-3"),
        ("w=421", "level-2"), ("w=640", "level-2"), ("w=840", "level-2"), ("w=841", "level-1"), ("w=2016", "level-1"),
        ("w=2017", "original"), ("", "original"),
        // A quarter of the width at the same number of pixels needs four times the detail.
        ("crop=0,0,1008,756&w=208", "level-2"), ("crop=0,0,1008,756&w=252", "level-1"),
        ("crop=0,0,1008,756&w=800", "original"),
        ("w=300&h=300&fit=cover", "level-3"), ("w=300&h=300&fit=cover&g=smart", "level-3"),
        ("w=600&h=200&fit=pad", "level-3"), ("w=100&h=700&fit=stretch", "level-1"),
        ("w=320&metadata=copyright", "original"), ("w=320&format=png", "level-3"),
        ("w=320&format=webp&lossless=1", "level-3"),
        ("w=2000&format=avif", "level-1"), ("w=2000&format=webp&lossless=1", "level-1"),
        ("w=2000&format=webp", "level-1"), ("w=320&format=webp&q=auto", "level-3"),
    ])
    func `The smallest level with enough pixels serves`(query: String, source: String) throws {
        #expect(try self.source(query, .sample(4032, 3024)).description == source)
    }

    @Test(arguments: [
        ("w=800", "level-0"), ("w=400", "level-0"), ("w=333", "level-1"), ("", "level-0"),
        ("w=1600&upscale=1", "level-0"),
        ("format=png", "original"), ("w=799&format=png", "level-0"), ("format=webp&lossless=1", "original"),
    ])
    func `Of an original of 800 pixels, its full size is a level too`(query: String, source: String) throws {
        #expect(try self.source(query, .sample(800, 600)).description == source)
    }

    @Test(arguments: [
        ("w=320", false), ("w=320&q=auto", false), ("w=320&format=webp&q=auto", true), ("w=320&format=avif", false),
        ("w=320&text=Hi", true), ("w=2000&format=webp", false), ("w=2000&format=avif", true),
        ("w=2000&format=webp&lossless=1", true), ("w=2000&q=auto", true), ("w=2000&max-bytes=90000", true),
    ])
    func `What takes long, or a decoder, is made in a helper from whatever source`(query: String, isSo: Bool) throws {
        let facts = PictureFacts.sample(4032, 3024)
        #expect(try Recipe(query: query).settled(for: facts).needsHelper(for: facts) == isSo)
    }

    @Test func `A level never has to be enlarged, and is never 2.4 times too large where there is one below`() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<3000 {
            let facts = PictureFacts.sample(
                Int.random(in: 1...6000, using: &random), Int.random(in: 1...6000, using: &random))
            let query = "w=\(Int.random(in: 1...3000, using: &random))&h=\(Int.random(in: 1...3000, using: &random))"
            let fit = ["contain", "cover", "pad", "stretch", "outside"].randomElement(using: &random) ?? "contain"
            guard let settled = try? Recipe(query: "\(query)&fit=\(fit)").settled(for: facts) else { continue }
            guard case .level(let level) = pyramid.source(of: settled, for: facts) else { continue }
            let plan = RenderPlan.make(settled, for: facts, from: .level(level))
            #expect(plan.source.width >= plan.resized.width && plan.source.height >= plan.resized.height)
            #expect(plan.source.left >= 0 && plan.source.left + plan.source.width <= level.size.width)
            #expect(plan.source.top >= 0 && plan.source.top + plan.source.height <= level.size.height)
            if level != pyramid.levels(of: facts.size).last {
                // One of the axes needs it; a pixel at either edge may come on top.
                #expect(
                    5 * plan.source.width < 12 * plan.resized.width + 25
                        || 5 * plan.source.height < 12 * plan.resized.height + 25)
            }
        }
    }

    @Test func `Without levels everything is made from the original, under another name`() throws {
        let facts = PictureFacts.sample(4032, 3024)
        let settled = try Recipe(query: "w=320").settled(for: facts)
        let off = Pyramid(isEnabled: false).source(of: settled, for: facts)
        #expect(off == .original)
        let digest = Digest(of: .init(string: "cat"))
        let keys = [off, pyramid.source(of: settled, for: facts)].map {
            VariantKey(original: digest, recipe: settled, source: $0)
        }
        #expect(keys[0] != keys[1])
    }

    private func source(_ query: String, _ facts: PictureFacts) throws -> RenderSource {
        pyramid.source(of: try Recipe(query: query).settled(for: facts), for: facts)
    }
}
