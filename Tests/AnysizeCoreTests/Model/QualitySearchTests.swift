import AnysizeTesting
import Testing

@testable import AnysizeCore

@Suite struct QualitySearchTests {
    /// Every start, and every quality up to which results fit.
    @Test func theHighestThatFitsIsFoundInNineTries() {
        for start in 1...100 {
            for limit in 0...101 {
                var search = QualitySearch(from: start)
                var tried: [Int] = []
                while let quality = search.next {
                    tried.append(quality)
                    search.note(fits: quality <= limit)
                }
                let lowest = min(QualitySearch.lowest, start)
                let best = min(limit, start)
                #expect(search.found == (best >= lowest ? best : nil), "from \(start), fits up to \(limit)")
                #expect(tried.first == start && tried.count <= 9 && Set(tried).count == tried.count)
            }
        }
    }

    @Test func withFewerTriesSomethingThatFitsIsFound() {
        for count in 1...8 {
            for limit in 0...101 {
                var search = QualitySearch(from: 80, tryCountMax: count)
                var tried: [Int] = []
                while let quality = search.next {
                    tried.append(quality)
                    search.note(fits: quality <= limit)
                }
                #expect(tried.first == 80 && tried.count <= count)
                #expect((search.found ?? 0) <= limit && (search.found != nil) == (limit >= (count == 1 ? 80 : 10)))
            }
        }
    }

    /// What takes long is tried less often, and what takes very long once: never refused for tries that it may not need.
    @Test func aSearchIsBoundedByWhatOneTryTakes() throws {
        func plan(_ query: String) throws -> RenderPlan {
            let facts = PictureFacts.sample(4000, 3000)
            return .make(try Recipe(query: query).settled(for: facts), for: facts, from: .original)
        }
        #expect(try plan("w=800&max-bytes=9000&format=avif").searchTryCountMax == 9)
        // Of large ones, a sample is searched first.
        #expect(try plan("w=3000&max-bytes=9000&format=webp").searchTryCountMax == 3)
        #expect(try plan("w=3000&max-bytes=9000&format=avif").searchTryCountMax == 1)
        // After a search for a quality, which is counted too.
        #expect(try plan("w=1000&q=auto&max-bytes=9000&format=avif").searchTryCountMax == 2)
        func longest(_ query: String) throws -> Double { RenderCost.longestSeconds(of: try plan(query)) }
        #expect(try longest("w=2000&q=auto&max-bytes=9000&format=webp") > longest("w=2000&q=auto&format=webp"))
        // What helpers may take by default is enough for each search in all that `format=auto` gives as AVIF, and in much more.
        for query in [
            "w=1632&format=avif&q=auto", "w=1632&format=avif&max-bytes=9000",
            "w=1632&format=avif&q=auto&max-bytes=9000",
            "w=3000&format=avif&max-bytes=9000", "w=4000&format=webp&q=auto", "w=4000&format=webp&max-bytes=9000",
            "format=jpeg&max-bytes=9000",
        ] {
            #expect(try longest(query) < 5.4, "?\(query)")
        }
    }

    @Test func aLimitOfBytesIsPartOfTheRecipe() throws {
        let facts = PictureFacts.sample(4000, 3000)
        func settled(_ query: String) throws -> SettledRecipe { try Recipe(query: query).settled(for: facts) }
        let limited = try settled("w=400&mb=30000")
        #expect(limited.text == "fit=stretch&format=jpeg&h=300&max-bytes=30000&w=400")
        #expect(try settled(limited.text) == limited)
        for value in ["0", "199", "50000001", "1.5", "30k", "-1"] {
            #expect(throws: RecipeError.self) { try settled("max-bytes=\(value)") }
        }
        let plan = RenderPlan.make(limited, for: facts, from: .original)
        let free = RenderPlan.make(try settled("w=400"), for: facts, from: .original)
        #expect(RenderCost.nominalSeconds(of: plan) > RenderCost.nominalSeconds(of: free))
    }
}

@Suite struct LeastQualitySearchTests {
    @Test func theLowestThatIsGoodIsFoundInSixTries() {
        for format in [ImageFormat.jpeg, .webp, .avif] {
            let range = LeastQualitySearch.range(of: format)
            for limit in range.lowerBound - 1...range.upperBound + 2 {
                var search = LeastQualitySearch(in: range)
                var count = 0
                while let quality = search.next {
                    count += 1
                    search.note(isGood: quality >= limit)
                }
                #expect(search.found == min(max(limit, range.lowerBound), range.upperBound))
                #expect(count <= 6)
            }
        }
    }

    @Test func autoIsAQualityWhereThereIsOne() throws {
        let facts = PictureFacts.sample(4000, 3000)
        func settled(_ query: String) throws -> SettledRecipe { try Recipe(query: query).settled(for: facts) }
        let auto = try settled("w=400&q=auto")
        #expect(auto.text == "fit=stretch&format=jpeg&h=300&q=auto&w=400")
        #expect(try settled(auto.text) == auto)
        #expect(try settled("w=400&quality=auto&mb=9000").text.contains("max-bytes=9000&q=auto"))
        for query in ["w=400&format=png", "w=400&format=gif", "w=400&format=webp&lossless=1"] {
            #expect(try settled(query + "&q=auto") == settled(query))
        }
        #expect(throws: RecipeError.self) { try settled("q=Auto") }
        // Only JPEG can be looked at where levels are rendered; others in a helper, from a level as well.
        #expect(try !auto.needsHelper(for: facts) && settled("w=400&q=auto&format=webp").needsHelper(for: facts))
        #expect(Pyramid().source(of: auto, for: facts) != .original)
        let plain = RenderPlan.make(try settled("w=400"), for: facts, from: .original)
        let plan = RenderPlan.make(auto, for: facts, from: .original)
        #expect(RenderCost.nominalSeconds(of: plan) > RenderCost.nominalSeconds(of: plain))
        // Of a search for a size it is counted what it takes mostly, and at most.
        let bounded = RenderPlan.make(try settled("w=400&max-bytes=9000"), for: facts, from: .original)
        #expect(RenderCost.longestSeconds(of: bounded) > RenderCost.nominalSeconds(of: bounded))
        #expect(RenderCost.longestSeconds(of: plain) == RenderCost.nominalSeconds(of: plain))
    }
}

@Suite struct SearchSampleTests {
    @Test func tilesAreInsideApartAndFromAllOver() throws {
        #expect(SearchSample(of: PixelSize(width: 1000, height: 800)) == nil)
        for (width, height) in [(1001, 800), (8192, 4000), (100, 8192), (8192, 110), (300, 8000), (5000, 5000)] {
            let picture = PixelSize(width: width, height: height)
            let sample = try #require(SearchSample(of: picture))
            #expect(sample.size.pixelCount <= 400_000 && sample.size.pixelCount >= 8 * 128 * 100)
            #expect(sample.tiles.reduce(0) { $0 + $1.source.size.pixelCount } == sample.size.pixelCount)
            for tile in sample.tiles {
                #expect(tile.source.left >= 0 && tile.source.left + tile.source.width <= width)
                #expect(tile.source.top >= 0 && tile.source.top + tile.source.height <= height)
                #expect(tile.left + tile.source.width <= sample.size.width)
                #expect(tile.top + tile.source.height <= sample.size.height)
            }
            #expect(Set(sample.tiles.map { [$0.left, $0.top] }).count == sample.tiles.count)
            #expect(Set(sample.tiles.map { [$0.source.left, $0.source.top] }).count == sample.tiles.count)
            let corners = Set(sample.tiles.map { [$0.source.left, $0.source.top] })
            #expect(width < 1000 || height < 1000 || corners.contains([width - 128, height - 128]))
        }
    }
}

@Suite struct AVIFQualityTests {
    @Test func itGrowsWithTheOtherAndMeetsItAtTheDefaults() {
        #expect(AVIFQuality.like(jpeg: 80) == 60 && AVIFQuality.jpeg(like: 60) == 80)
        #expect(AVIFQuality.like(jpeg: 1) == 1 && AVIFQuality.like(jpeg: 100) == 100)
        #expect(AVIFQuality.jpeg(like: 1) == 1 && AVIFQuality.jpeg(like: 100) == 100)
        for quality in 2...100 {
            #expect(AVIFQuality.like(jpeg: quality) >= AVIFQuality.like(jpeg: quality - 1))
            #expect(AVIFQuality.jpeg(like: quality) >= AVIFQuality.jpeg(like: quality - 1))
            #expect(abs(AVIFQuality.jpeg(like: AVIFQuality.like(jpeg: quality)) - quality) <= 2)
        }
    }

    /// Otherwise the newer format would have more bytes than the one it is to be smaller than.
    @Test func aNumberIsJPEGsWhereWeChooseTheFormat() throws {
        func text(_ query: String, _ accepted: AcceptedFormats) throws -> String {
            try Recipe(query: query).settled(for: .sample(400, 300), accepting: accepted).text
        }
        // With a JPEG beside it, since there are pictures of which that is smaller.
        #expect(try text("format=auto&q=75", [.avif]) == "fit=stretch&format=avif,jpeg&h=300&q=58&w=400")
        #expect(try text("format=auto&q=75", [.webp]) == "fit=stretch&format=webp,jpeg&h=300&q=75&w=400")
        for accepted: AcceptedFormats in [[], .webp, .avif] {
            #expect(try text("format=auto&q=80", accepted) == text("format=auto", accepted))
        }
        #expect(try text("format=auto&q=75", []) == text("format=jpeg&q=75", []))
        #expect(try text("format=avif&q=75", []) == "fit=stretch&format=avif&h=300&q=75&w=400")
    }
}

@Suite struct LosslessFormatTests {
    @Test func anAnimationMayStayAGIF() throws {
        func settled(_ query: String, pages: Int = 12, _ accepted: AcceptedFormats = [.webp]) throws -> String {
            let facts = PictureFacts.sample(400, 300, format: .gif, pageCount: pages)
            let settled = try Recipe(query: query).settled(for: facts, accepting: accepted)
            #expect(try Recipe(query: settled.text).settled(for: facts) == settled)
            return ([settled.format] + settled.others.all).map(\.rawValue).joined(separator: ",")
        }
        #expect(try settled("format=auto") == "webp,gif" && settled("format=auto&w=100") == "webp,gif")
        #expect(try settled("format=webp,gif&w=100") == "webp,gif")
        #expect(try settled("format=auto", []) == "gif")
        #expect(try settled("format=webp") == "webp" && settled("format=auto&lossless=1") == "webp")
        #expect(try settled("format=auto", pages: 34) == "webp", "more than four million pixels in all frames")
        #expect(try settled("format=webp,webp") == "webp", "the other one is for stills")
    }

    @Test func whatComesAsADrawingMayStayOne() throws {
        func settled(
            _ query: String, _ original: ImageFormat, alpha: Bool = false, _ accepted: AcceptedFormats = []
        ) throws -> String {
            let facts = PictureFacts.sample(400, 300, format: original, hasAlpha: alpha)
            let settled = try Recipe(query: query).settled(for: facts, accepting: accepted)
            #expect(try Recipe(query: settled.text).settled(for: facts) == settled)
            let plan = RenderPlan.make(settled, for: facts, from: .original)
            #expect(plan.otherOutputs == settled.others)
            return ([settled.format] + settled.others.all).map(\.rawValue).joined(separator: ",")
        }
        #expect(try settled("format=auto", .png) == "jpeg,png")
        #expect(try settled("format=auto", .png, [.webp]) == "webp,webp")
        #expect(try settled("format=auto", .gif, [.webp, .avif]) == "avif,webp")
        #expect(try settled("format=auto", .png, [.avif]) == "avif,png")
        #expect(try settled("format=auto", .png, alpha: true) == "png")
        #expect(try settled("format=auto", .png, alpha: true, [.webp]) == "webp,webp")
        #expect(try settled("format=auto", .jpeg, [.webp]) == "webp")
        #expect(try settled("format=auto", .jpeg, [.avif]) == "avif" && settled("format=auto", .jpeg) == "jpeg")
        for other in ["q=auto", "max-bytes=9000"] {
            #expect(try settled("format=auto&w=100&\(other)", .jpeg, [.avif]) == "avif", "\(other)")
        }
        // A large WebP without loss takes longer than a job may.
        #expect(try settled("format=auto&w=3000", .svg, [.webp]) == "webp,png")
        #expect(try settled("format=auto&w=2000", .svg, [.webp]) == "webp,webp")
        // Tiny: what every client takes may be the smallest.
        #expect(try settled("format=auto&w=100", .jpeg, [.avif]) == "avif,jpeg")
        #expect(try settled("format=auto&w=100&q=70", .jpeg, [.avif]) == "avif,jpeg")
        #expect(try settled("format=auto&w=100", .png, [.avif, .webp]) == "avif,webp,jpeg")
        #expect(try settled("format=auto&w=100", .png, alpha: true, [.avif, .webp]) == "avif,webp,png")
        #expect(try settled("format=auto&w=100", .webp, alpha: true, [.avif]) == "avif,png")
        #expect(try settled("format=auto&w=100&corner-radius=9", .jpeg, [.webp]) == "webp,png")
        #expect(try settled("format=auto&w=100&h=100&fit=pad&bg=%23ffffff80", .jpeg, [.webp]) == "webp,png")
        // No client gets a JPEG of what is clear around the picture.
        for box in [
            "w=400&h=400&fit=pad&bg=%23ffffff80", "w=400&h=400&fit=pad&bg=transparent", "rotate=33", "radius=9",
        ] {
            #expect(try settled("format=auto&\(box)", .jpeg) == "png", "\(box)")
        }
        #expect(try settled("format=auto&w=400&h=400&fit=pad&bg=fff", .jpeg) == "jpeg")
        #expect(try settled("format=auto&bg=%23ffffff80", .jpeg) == "jpeg")
        #expect(try settled("format=auto&lossless=1", .png, [.webp]) == "webp")
        #expect(try settled("format=webp", .png, [.webp]) == "webp")
        #expect(try settled("format=jpg,png", .jpeg) == "jpeg,png")
        #expect(try settled("format=webp,gif", .gif) == "webp", "a still has no use for it")
        for query in [
            "format=png,jpeg", "format=jpeg,gif", "format=gif,webp", "format=jpeg,jpeg", "format=auto,png,jpeg",
            "format=jpeg,png,webp", "format=,", "format=webp,webp,gif", "format=avif,png,png", "format=jpeg,webp,jpeg",
            "format=avif,webp,jpeg,png", "format=avif,jpeg,webp", "format=webp,webp,jpeg&lossless=1",
            "format=jpeg,",
            "format=jpeg,png&lossless=1",
        ] {
            #expect(throws: RecipeError.self, "?\(query)") { try settled(query, .png) }
        }
    }
}
