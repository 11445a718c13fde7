import AnysizeCore
import Testing

@Suite("AVIF and HEIC headers")
struct HEIFHeaderTests {
    @Test("A still gives its size and depth")
    func still() throws {
        let avif = try header(of: HEIFSample.still(30, 20).bytes())
        #expect((avif.format, avif.width, avif.height) == (.avif, 30, 20))
        #expect(avif.hasAlpha == false)
        #expect(avif.bitDepth == 8)
        #expect(avif.tileCount == 0)
        let heic = try header(of: HEIFSample.heic(300, 200).bytes())
        #expect((heic.format, heic.width, heic.height) == (.heic, 300, 200))
    }

    @Test("Rotation by a quarter exchanges the sides, as decoders do", arguments: [UInt8(0), 1, 2, 3])
    func rotation(_ quarterTurns: UInt8) throws {
        let header = try header(of: HEIFSample.still(30, 20, properties: [HEIFSample.rotation(quarterTurns)]).bytes())
        #expect((header.width, header.height) == (quarterTurns % 2 == 0 ? (30, 20) : (20, 30)))
    }

    @Test("Cropping comes before a rotation that follows it")
    func cropping() throws {
        let crop = HEIFSample.box("clap", [25, 1, 15, 1, 0, 1, 0, 1].flatMap { big($0, 4) })
        let header = try header(of: HEIFSample.still(30, 20, properties: [crop, HEIFSample.rotation(1)]).bytes())
        #expect((header.width, header.height) == (15, 25))
    }

    @Test("Tiles are counted, and what they have beyond the picture is cut off")
    func grid() throws {
        let header = try header(of: HEIFSample.row(tileCount: 3, width: 150).bytes())
        #expect((header.width, header.height) == (150, 64))
        #expect(header.tileCount == 3)
    }

    @Test("An alpha plane is found on the picture and on its tiles")
    func alpha() throws {
        #expect(try header(of: HEIFSample.still(64, 64).withAlpha(of: 1).bytes()).hasAlpha == true)
        #expect(try header(of: HEIFSample.row(tileCount: 2).withAlpha(of: 1).bytes()).hasAlpha == true)
        #expect(try header(of: HEIFSample.row(tileCount: 2).withAlpha(of: 3).bytes()).hasAlpha == true)
    }

    @Test("EXIF and XMP are metadata")
    func metadata() throws {
        var sample = HEIFSample.still()
        sample.items.append(.init(id: 7, type: "Exif", data: [1, 2, 3]))
        sample.items.append(.init(id: 8, type: "mime", data: [4, 5]))
        #expect(try header(of: sample.bytes()).metadataByteCount == 5)
    }

    @Test("A file that has lost its end is truncated")
    func truncated() {
        let bytes = HEIFSample.row(tileCount: 2).withAlpha(of: 1).bytes()
        for count in 32..<bytes.count {
            checkRefused(Array(bytes.prefix(count)), as: .truncated)
        }
    }

    @Test("Coded data may not be larger than its property says")
    func codedSize() throws {
        var avif = HEIFSample.still(100, 100)
        avif.items[0].data = HEIFSample.av1(16_384, 16_384)
        checkRefused(avif.bytes(), as: .malformed(.heifCodedSize))
        avif.items[0].data = HEIFSample.av1(100, 100) + HEIFSample.av1(16_384, 16_384)
        checkRefused(avif.bytes(), as: .malformed(.heifCodedSize))
        checkRefused(HEIFSample.heic(100, 100, codedWidth: 8_192).bytes(), as: .malformed(.heifCodedSize))
        var heic = HEIFSample.heic(100, 100)
        let unit = HEIFSample.hevcSequence(8_192, 8_192)
        heic.items[0].data = big(unit.count, 4) + unit + HEIFSample.hevcSlice
        checkRefused(heic.bytes(), as: .malformed(.heifCodedSize))
        // Whole blocks may stick out.
        #expect(try header(of: HEIFSample.heic(100, 100, codedWidth: 128).bytes()).width == 100)
    }

    @Test("Coded data may not be many frames")
    func codedFrames() {
        var avif = HEIFSample.still(100, 100)
        avif.items[0].data = HEIFSample.av1(100, 100, frameCount: HEIFCoding.frameCountMax + 1)
        checkRefused(avif.bytes(), as: .malformed(.heifCodedSize))
    }

    @Test("Many boxes are too many")
    func boxCount() {
        let type = HEIFSample.box("ftyp", Array("avif".utf8) + big(0, 4) + Array("avif".utf8))
        let flood = (0..<HEIFBoxes.countMax).flatMap { _ in HEIFSample.box("free", []) }
        checkRefused(type + flood, as: .malformed(.heifBoxCount))
    }

    @Test("A grid must fit its picture, its tiles and their number")
    func gridFaults() {
        func refuse(_ change: (inout HEIFSample) -> Void) {
            var sample = HEIFSample.row(tileCount: 3)
            change(&sample)
            checkRefused(sample.bytes(), as: .malformed(.heifGrid))
        }
        refuse { $0.items[0].data[3] = 1 }  // two columns, three tiles
        refuse { $0.items[0].properties = [HEIFSample.size(100, 64)] }  // grid and property differ
        refuse { $0.items[2].properties[0] = HEIFSample.size(32, 64) }  // a tile too small
        refuse { $0.items[2].properties[0] = HEIFSample.size(640, 64) }  // a tile as large as the whole
        refuse { $0.items[0].data.removeLast() }
    }

    @Test("A grid of grids, and an overlay, are refused")
    func derived() {
        var grids = HEIFSample.row(tileCount: 2)
        grids.items[1].type = "grid"
        checkRefused(grids.bytes(), as: .malformed(.heifCoding))
        var overlay = HEIFSample.still()
        overlay.items[0].type = "iovl"
        checkRefused(overlay.bytes(), as: .malformed(.heifCoding))
    }

    @Test("A picture coded in another way than the brand says is refused")
    func otherCoding() {
        var sample = HEIFSample.still()
        sample.brands = ["heic", "mif1"]
        checkRefused(sample.bytes(), as: .malformed(.heifCoding))
    }

    @Test("References to what isn't there are malformed")
    func dangling() {
        var sample = HEIFSample.still()
        sample.items[0].properties = [HEIFSample.av1Configuration]
        checkRefused(sample.bytes(), as: .malformed(.heifItem))
        sample.items = []
        checkRefused(sample.bytes(), as: .malformed(.heifItem))
        var row = HEIFSample.row(tileCount: 2)
        row.references[0].to = [2, 99]
        checkRefused(row.bytes(), as: .malformed(.heifItem))
    }

    @Test("A size of zero, or two sizes, are malformed")
    func sizes() {
        checkRefused(HEIFSample.still(8, 8, properties: [HEIFSample.size(9, 9)]).bytes(), as: .malformed(.heifProperty))
        var sample = HEIFSample.still()
        sample.items[0].properties[0] = HEIFSample.size(0, 8)
        checkRefused(sample.bytes(), as: .malformed(.zeroSize))
    }

    @Test("Numbers that would overflow are refused without a trap")
    func overflow() {
        var sample = HEIFSample.still()
        sample.items[0].properties[0] = HEIFSample.size(0xFFFF_FFFF, 0xFFFF_FFFF)
        checkRefused(sample.bytes(), as: .limit(.axis, actual: 0xFFFF_FFFF, allowed: 32_767))
        var limits = HeaderLimits()
        limits.axisMax = .max
        checkRefused(
            sample.bytes(), as: .limit(.pixelCount, actual: .max, allowed: limits.pixelCountMax), limits: limits
        )
        let huge = big(1, 4) + Array("free".utf8) + [UInt8](repeating: 0xFF, count: 8)
        checkRefused(HEIFSample.box("ftyp", Array("avif\0\0\0\0avif".utf8)) + huge, as: .truncated)
    }
}
