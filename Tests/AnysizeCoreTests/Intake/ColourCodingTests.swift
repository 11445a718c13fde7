import AnysizeCore
import Testing

/// Where a file says what its samples mean in code points.
@Suite struct ColourCodingTests {
    /// BT.2020 and PQ.
    private let hdr = HEIFSample.colours(9, 16)
    private let profile = HEIFSample.box("colr", Array("prof".utf8) + [1, 2, 3])

    private func colours(_ properties: [[UInt8]]) throws -> ColourCoding? {
        try header(of: HEIFSample.still(properties: properties).bytes()).colours
    }

    @Test(arguments: [
        (9, 16, "Rec. 2100 PQ"), (9, 18, "Rec. 2100 HLG"), (9, 1, "Rec. 2020"), (9, 14, "Rec. 2020"),
        (12, 13, "Display P3"), (11, 13, "Display P3"), (12, 16, "Display P3 PQ"), (1, 8, "Rec. 709 linear"),
        (1, 4, "Rec. 709 gamma 2.2"), (5, 5, "Rec. 601 (625 lines) gamma 2.8"), (6, 6, "Rec. 601 (525 lines)"),
    ])
    func colourBoxesGivePrimariesAndCurve(_ primaries: Int, _ transfer: Int, _ name: String) throws {
        #expect(try colours([HEIFSample.colours(primaries, transfer)])?.name == name)
        let heic = Array(HEIFSample.heic().items[0].properties) + [HEIFSample.colours(primaries, transfer)]
        var sample = HEIFSample.heic()
        sample.items[0].properties = heic
        #expect(try header(of: sample.bytes()).colours?.name == name)
    }

    @Test(arguments: [(1, 13), (1, 1), (1, 6), (1, 14), (1, 15), (2, 2), (0, 0), (65_535, 65_535), (1, 17)])
    func whatIsOrCountsAsSRGBIsNotToldApart(_ primaries: Int, _ transfer: Int) throws {
        #expect(try colours([HEIFSample.colours(primaries, transfer)]) == nil)
    }

    @Test func aProfileHasTheWordWhereverItStands() throws {
        #expect(try colours([hdr])?.curve == .pq)
        #expect(try colours([hdr, profile]) == nil)
        #expect(try colours([profile, hdr]) == nil)
        #expect(try colours([HEIFSample.box("colr", Array("rICC".utf8)), hdr]) == nil)
    }

    @Test func boxesThatAreCutShortOrOfAnotherKindSayNothing() throws {
        for content in [[], Array("ncl".utf8), Array("nclx".utf8), Array("nclx".utf8) + [0, 9, 0], Array("nclc".utf8)] {
            let box = HEIFSample.box("colr", content)
            #expect(try colours([box]) == nil)
            #expect(try colours([hdr, box])?.curve == .pq)
        }
    }

    @Test func aGridHasItsOwnColoursOrThoseOfItsFirstTile() throws {
        var sample = HEIFSample.row(tileCount: 2)
        func colours() throws -> String? { try header(of: sample.bytes()).colours?.name }
        #expect(try colours() == nil)
        sample.items[2].properties.append(HEIFSample.colours(12, 13))
        #expect(try colours() == nil)
        sample.items[1].properties.append(hdr)
        #expect(try colours() == "Rec. 2100 PQ")
        sample.items[0].properties.append(HEIFSample.colours(1, 13))
        #expect(try colours() == nil)
        sample.items[0].properties[1] = profile
        #expect(try colours() == nil)
        sample.items[0].properties[1] = HEIFSample.colours(12, 13)
        #expect(try colours() == "Display P3")
    }

    @Test func anAlphaPlaneHasNoSay() throws {
        var sample = HEIFSample.still(64, 64).withAlpha(of: 1)
        sample.items[1].properties.append(hdr)
        #expect(try header(of: sample.bytes()).colours == nil)
    }

    @Test func pngSaysItInAChunk() throws {
        func colours(_ content: [UInt8], behind: [UInt8] = []) throws -> String? {
            try header(of: PNGSample.file(colour: 2, extra: behind + PNGSample.chunk("cICP", content))).colours?.name
        }
        #expect(try colours([9, 16, 0, 1]) == "Rec. 2100 PQ")
        #expect(try colours([12, 13, 0, 1]) == "Display P3")
        #expect(try colours([1, 13, 0, 1]) == nil)
        // It counts for more than a profile.
        #expect(try colours([9, 16, 0, 1], behind: PNGSample.chunk("iCCP", [1, 2, 3])) == "Rec. 2100 PQ")
        for other in [[9, 16, 0, 0], [9, 16, 9, 1], [9, 16, 0], [], [9, 16, 0, 1, 0]] as [[UInt8]] {
            #expect(try colours(other) == nil)
        }
    }
}
