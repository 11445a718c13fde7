import AnysizeCore
import AnysizeTesting
import Testing

/// Originals that have no pixels of their own.
@Suite struct VectorTests {
    private static func facts(_ format: ImageFormat, _ width: Int = 100, _ height: Int = 50) -> PictureFacts {
        PictureFacts(
            format: format, width: width, height: height, orientation: 1, pageCount: 1, hasAlpha: true, isGray: false,
            bitDepth: 8, profile: nil, dominantColor: "#000000", thumbHash: "", blurHash: "")
    }

    @Test(arguments: [
        ("w=800", 800, 400), ("h=800", 1600, 800), ("w=30", 30, 15), ("", 100, 50), ("w=200&h=200", 200, 100),
        ("w=200&h=200&fit=cover", 200, 200), ("w=200&h=200&fit=stretch", 200, 200), ("w=200&dpr=2", 400, 200),
        ("w=200&h=200&fit=outside", 400, 200), ("crop=0,0,10,10&w=500", 500, 500),
    ])
    func anySizeIsAsGoodAsItsOwn(query: String, width: Int, height: Int) throws {
        let settled = try Recipe(query: query).settled(for: Self.facts(.svg))
        #expect(settled.size == PixelSize(width: width, height: height))
        #expect(settled.format == .png)
        // Nothing changes for what is asked explicitly.
        if query.contains("w=") {
            #expect(try Recipe(query: query + "&upscale=1").settled(for: Self.facts(.svg)) == settled)
        }
        #expect(try Recipe(query: "w=800").settled(for: Self.facts(.tiff)).size == PixelSize(width: 100, height: 50))
    }

    @Test func itIsDrawnAnewWhereNoLevelHasEnoughPixels() throws {
        let pyramid = Pyramid()
        func source(_ query: String, _ format: ImageFormat) throws -> RenderSource {
            let facts = Self.facts(format, 400, 200)
            return pyramid.source(of: try Recipe(query: query).settled(for: facts), for: facts)
        }
        #expect(try source("w=300", .svg) != .original)
        #expect(try source("w=800", .svg) == .original)
        #expect(try source("w=800&upscale=1", .png) != .original)
    }

    @Test(arguments: [
        ("w=800", 8.0), ("w=50", 0.5), ("w=800&h=100&fit=stretch", 8), ("crop=0,0,10,10&w=500", 50),
        ("crop=0,0,1,1&w=4000", 163.84),
    ])
    func theScaleIsThatOfTheResultWithinBounds(query: String, scale: Double) throws {
        let facts = Self.facts(.svg)
        let plan = RenderPlan.make(try Recipe(query: query).settled(for: facts), for: facts, from: .original)
        #expect(plan.drawingScale(times: 1) == scale)
        #expect(plan.drawingScale(times: 2) == min(163.84, 2 * scale))
    }
}
